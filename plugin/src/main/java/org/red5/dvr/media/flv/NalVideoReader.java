package org.red5.dvr.media.flv;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.media.ParameterSets;
import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.NalFraming;
import org.red5.dvr.media.bitstream.NalSyntax;
import org.red5.dvr.media.bitstream.NalSyntax.Kind;
import org.red5.dvr.media.bitstream.Sei;

/**
 * Reads H.264 and H.265. A packet that is one access unit as MP4 stores it is passed on as it is; others are put together
 * anew. The configuration is the sequence header's, and, where parameter sets come with the pictures that say something else, the
 * one that is made of all that is known.
 */
final class NalVideoReader implements VideoReader {
    private final VideoCodec codec;
    private final NalSyntax syntax;
    private final NalFraming framing;
    private final ParameterSets sets;
    private final KeyFrames keyFrames = new KeyFrames();
    private final PrefixUnits prefix = new PrefixUnits();
    private final SliceJoiner joiner = new SliceJoiner();
    private final TrackConfiguration configuration =
            new TrackConfiguration(true, "no video sequence header, and no parameter sets with the pictures");
    private Optional<VideoConfig> config = Optional.empty();
    /** Whether the parameter sets say something else than {@link #config}, or lengths are of another size. */
    private boolean changed;

    private int configLengthBytes;
    /** Of the NAL units in front of the next picture. */
    private KeyFrames.Evidence prefixEvidence = new KeyFrames.Evidence();

    NalVideoReader(VideoCodec codec) {
        this.codec = codec;
        this.syntax = codec == VideoCodec.H264 ? NalSyntax.H264 : NalSyntax.H265;
        this.framing = new NalFraming(syntax);
        this.sets = new ParameterSets(syntax);
        this.configLengthBytes = framing.lengthBytes();
    }

    @Override
    public void sequenceHeader(byte[] record, List<FlvPacket> to) {
        release(to);
        Optional<VideoConfig> before = config;
        String fault = "no parameter sets";
        try {
            if (sets.isRecord(record)) {
                sets.replaceBy(record);
                framing.setLengthBytes(sets.lengthBytes(record));
                changed = true;
                configure(codec.parse(record), to);
                return;
            }
            addAll(record);
        } catch (CorruptMediaException e) {
            fault = String.valueOf(e.getMessage());
        }
        makeConfiguration(to);
        if (config.equals(before) && !sets.isEmptyRecord(record)) {
            configuration.refuse("video sequence header that cannot be read: " + fault, to);
        }
    }

    /** A sequence header that is no record: parameter sets one behind the other. */
    private void addAll(byte[] units) throws CorruptMediaException {
        framing.find(units, 0);
        for (int i = 0; i < framing.count(); i++) {
            if (kind(units, i) == Kind.PARAMETER_SET) {
                changed |= sets.add(units, framing.start(i), framing.end(i));
            }
        }
    }

    @Override
    public void coded(PacketTime time, FlvBody.CodedVideo coded, byte[] body, List<FlvPacket> to)
            throws CorruptMediaException {
        framing.find(body, coded.offset());
        framing.leaveOut(i -> isUnreadableSei(body, i));
        changed |= config.isPresent() && framing.lengthBytes() != configLengthBytes;
        int from = 0;
        while (from < framing.count()) {
            int end = accessUnitEnd(body, from);
            accessUnit(time, coded, body, from, end, to);
            from = end;
        }
    }

    /** The NAL unit behind an access unit's last: the next one begins in front of its first slice, and behind the slice before. */
    private int accessUnitEnd(byte[] body, int from) {
        int behindSlice = from;
        boolean sliced = false;
        for (int i = from; i < framing.count(); i++) {
            Kind kind = kind(body, i);
            // The second of two fields may stand behind the first.
            if (kind.isSlice() && sliced && sets.framesOnly() && isFirstSlice(body, i)) {
                return behindSlice;
            }
            if (kind.isSlice() || kind == Kind.TRAILER && behindSlice == i) {
                behindSlice = i + 1;
            }
            sliced |= kind.isSlice();
        }
        return framing.count();
    }

    private void accessUnit(
            PacketTime time, FlvBody.CodedVideo coded, byte[] body, int from, int end, List<FlvPacket> to)
            throws CorruptMediaException {
        int timestampMillis = time.stampMillis();
        KeyFrames.Evidence seen = prefixEvidence;
        int firstSlice = look(body, from, end, coded.key(), seen, to);
        if (firstSlice < 0) {
            keepForNextPicture(timestampMillis, body, from, end);
            return;
        }
        prefixEvidence = new KeyFrames.Evidence();
        if (!isFirstSlice(body, firstSlice) && joiner.isAt(timestampMillis)) {
            if (!joiner.join(assemble(timestampMillis, body, from, end))) {
                throw new CorruptMediaException("slices of a picture, behind other packets than its first");
            }
            return;
        }
        boolean key = keyFrames.isKey(coded.key(), seen);
        release(to);
        makeConfiguration(to);
        configuration.accessUnit(timestampMillis, to);
        if (configuration.isRefused()) {
            return;
        }
        boolean whole = from == 0 && end == framing.count() && framing.isStored() && prefix.isEmpty();
        byte[] data = whole ? body : assemble(timestampMillis, body, from, end);
        int offset = whole ? coded.offset() : 0;
        int length = (whole ? framing.storedEnd() : data.length) - offset;
        joiner.begin(
                new FlvPacket.Frame(
                        true,
                        key,
                        timestampMillis,
                        time.arrivalUtcMicros(),
                        coded.compositionOffsetMillis(),
                        data,
                        offset,
                        length),
                to);
    }

    /** Takes notice of what the NAL units say; gives the first slice among them, or -1. */
    private int look(byte[] body, int from, int end, boolean flagged, KeyFrames.Evidence seen, List<FlvPacket> to) {
        int firstSlice = -1;
        for (int i = from; i < end; i++) {
            int start = framing.start(i);
            switch (kind(body, i)) {
                case PARAMETER_SET -> {
                    seen.parameterSets = true;
                    changed |= isNew(body, i, to);
                }
                case SEI ->
                    seen.recoveryPoint |=
                            Sei.of(syntax, body, start, framing.end(i)).recoveryPoint();
                case RANDOM_ACCESS_SLICE -> {
                    seen.randomAccess = true;
                    firstSlice = firstSlice < 0 ? i : firstSlice;
                }
                case SLICE -> {
                    boolean matters = flagged || seen.parameterSets;
                    seen.intra &= matters && syntax.isIntra(body, start, framing.end(i));
                    firstSlice = firstSlice < 0 ? i : firstSlice;
                }
                default -> {
                    // says nothing about the picture
                }
            }
        }
        return firstSlice;
    }

    /** Takes up a parameter set; one that cannot be read is left to the decoder. */
    private boolean isNew(byte[] body, int index, List<FlvPacket> to) {
        try {
            return sets.add(body, framing.start(index), framing.end(index));
        } catch (CorruptMediaException e) {
            to.add(new FlvPacket.NotRecorded(true, false, "parameter set that cannot be read: " + e.getMessage()));
            return false;
        }
    }

    private void keepForNextPicture(int timestampMillis, byte[] body, int from, int end) {
        for (int i = from; i < end; i++) {
            if (kind(body, i) != Kind.TRAILER) {
                prefix.add(timestampMillis, body, framing.start(i), framing.end(i));
            }
        }
    }

    /** NAL units as MP4 stores them, with those in front that came before; one delimiter at most, and that first. */
    private byte[] assemble(int timestampMillis, byte[] body, int from, int end) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length + 64);
        List<byte[]> before = prefix.take(timestampMillis);
        Optional<byte[]> delimiter = before.stream()
                .filter(unit -> syntax.kind(unit, 0) == Kind.DELIMITER)
                .findFirst();
        boolean delimited = kind(body, from) == Kind.DELIMITER;
        if (delimited) {
            framing.write(body, framing.start(from), framing.end(from), out);
        } else {
            delimiter.ifPresent(unit -> framing.write(unit, 0, unit.length, out));
        }
        for (byte[] unit : before) {
            if (syntax.kind(unit, 0) != Kind.DELIMITER) {
                framing.write(unit, 0, unit.length, out);
            }
        }
        for (int i = delimited ? from + 1 : from; i < end; i++) {
            framing.write(body, framing.start(i), framing.end(i), out);
        }
        return out.toByteArray();
    }

    /** Makes the configuration of the parameter sets, where these have changed. */
    private void makeConfiguration(List<FlvPacket> to) {
        if (!changed || !sets.isComplete()) {
            return;
        }
        try {
            VideoConfig made = codec.parse(sets.record(framing.lengthBytes()));
            changed = false;
            if (!config.equals(Optional.of(made))) {
                configure(made, to);
            }
        } catch (CorruptMediaException e) {
            changed = false;
            to.add(new FlvPacket.NotRecorded(true, false, "parameter sets that cannot be read: " + e.getMessage()));
        }
    }

    private void configure(VideoConfig now, List<FlvPacket> to) {
        config = Optional.of(now);
        configLengthBytes = framing.lengthBytes();
        changed = false;
        configuration.nowKnown();
        to.add(new FlvPacket.VideoConfiguration(now));
    }

    private boolean isUnreadableSei(byte[] data, int index) {
        int start = framing.start(index);
        return syntax.isSei(data, start)
                && !Sei.of(syntax, data, start, framing.end(index)).readable();
    }

    private Kind kind(byte[] data, int index) {
        return syntax.kind(data, framing.start(index));
    }

    private boolean isFirstSlice(byte[] data, int index) {
        return syntax.isFirstSlice(data, framing.start(index), framing.end(index));
    }

    @Override
    public void other(int timestampMillis, List<FlvPacket> packets, List<FlvPacket> to) {
        joiner.other(timestampMillis, packets, to);
    }

    @Override
    public void release(List<FlvPacket> to) {
        joiner.release(to);
    }
}
