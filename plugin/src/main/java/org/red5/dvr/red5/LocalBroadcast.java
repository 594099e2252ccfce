package org.red5.dvr.red5;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.apache.mina.core.buffer.IoBuffer;
import org.red5.codec.StreamCodecInfo;
import org.red5.server.api.Red5;
import org.red5.server.api.scope.IScope;
import org.red5.server.net.rtmp.event.AudioData;
import org.red5.server.net.rtmp.event.BaseEvent;
import org.red5.server.net.rtmp.event.VideoData;
import org.red5.server.net.rtmp.message.Constants;
import org.red5.server.net.rtmp.message.Header;
import org.red5.server.stream.ClientBroadcastStream;
import org.red5.server.stream.IProviderService;

/** A live stream that this server publishes itself, as a client would over RTMP. Used by one thread. */
final class LocalBroadcast implements TestPictureInputs.Broadcast {
    private final ClientBroadcastStream stream;

    private LocalBroadcast(ClientBroadcastStream stream) {
        this.stream = stream;
    }

    /**
     * Begins to publish in an application.
     *
     * @throws IllegalStateException when Red5 does not take the stream
     */
    static LocalBroadcast begin(IScope app, String name) {
        ClientBroadcastStream stream = (ClientBroadcastStream) app.getContext().getBean("clientBroadcastStream");
        stream.setScope(app);
        stream.setName(UUID.randomUUID().toString());
        stream.setCodecInfo(new StreamCodecInfo());
        stream.setPublishedName(name);
        IProviderService providers = (IProviderService) app.getContext().getBean(IProviderService.BEAN_NAME);
        if (!providers.registerBroadcastStream(app, name, stream)) {
            throw new IllegalStateException("Red5 does not register " + name + " in " + app.getName());
        }
        try {
            // Red5 leaves with a thread the player that it wrote to last, and would take it,
            // perhaps gone, for the publisher.
            Red5.setConnectionLocal(null);
            stream.start();
            stream.startPublishing();
        } catch (RuntimeException e) {
            providers.unregisterBroadcastStream(app, name, stream);
            throw e;
        }
        return new LocalBroadcast(stream);
    }

    @Override
    public void video(int timestampMillis, byte[] body) {
        send(new VideoData(readOnly(body)), timestampMillis);
    }

    @Override
    public void audio(int timestampMillis, byte[] body) {
        send(new AudioData(readOnly(body)), timestampMillis);
    }

    @Override
    public void end() {
        stream.close();
    }

    /** Or else Red5 would take the memory for another packet when it is done with this one. */
    private static IoBuffer readOnly(byte[] body) {
        return IoBuffer.wrap(ByteBuffer.wrap(body).asReadOnlyBuffer());
    }

    private void send(BaseEvent event, int timestampMillis) {
        Header header = new Header();
        header.setDataType(event.getDataType());
        header.setTimer(timestampMillis);
        event.setHeader(header);
        event.setTimestamp(timestampMillis);
        event.setSourceType(Constants.SOURCE_TYPE_LIVE);
        stream.dispatchEvent(event);
    }
}
