package org.red5.dvr.archive.files;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The real file system, reached by paths that note each file that is opened and each directory that is listed. */
public final class CountedFiles extends FileSystemProvider {
    private final FileSystemProvider real;
    private final CountedSystem system = new CountedSystem();
    private final List<Path> opened = new CopyOnWriteArrayList<>();
    private final List<Path> listed = new CopyOnWriteArrayList<>();

    public CountedFiles(FileSystemProvider real) {
        this.real = real;
    }

    /** The same file or directory, watched from now on. */
    public Path watched(Path path) {
        InvocationHandler handler = (proxy, method, arguments) -> call(path, method, arguments);
        return (Path) Proxy.newProxyInstance(
                CountedFiles.class.getClassLoader(), new Class<?>[] {Path.class, Real.class}, handler);
    }

    /** The files opened since the last {@link #reset}, in order. */
    public List<Path> opened() {
        return List.copyOf(opened);
    }

    /** The directories listed since the last {@link #reset}, in order. */
    public List<Path> listed() {
        return List.copyOf(listed);
    }

    public void reset() {
        opened.clear();
        listed.clear();
    }

    /** A root's lock is opened once, whatever lies below the root. */
    private void noteOpened(Path file) {
        if (!file.endsWith(RootLocks.NAME)) {
            opened.add(file);
        }
    }

    /** Gives the path behind a watched one. */
    private interface Real {
        Path real();
    }

    private static Path real(@Nullable Object path) {
        return path instanceof Real watched ? watched.real() : (Path) path;
    }

    private @Nullable Object call(Path path, Method method, Object @Nullable [] arguments) throws Throwable {
        if (method.getDeclaringClass() == Real.class) {
            return path;
        }
        if (method.getName().equals("getFileSystem")) {
            return system;
        }
        Object[] reals = arguments == null ? new Object[0] : arguments.clone();
        for (int i = 0; i < reals.length; i++) {
            reals[i] = reals[i] instanceof Path ? real(reals[i]) : reals[i];
        }
        try {
            Object result = method.invoke(path, reals);
            return result instanceof Path child ? watched(child) : result;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        noteOpened(real(path));
        return real.newByteChannel(real(path), options, attributes);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        noteOpened(real(path));
        return real.newFileChannel(real(path), options, attributes);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path path, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        listed.add(real(path));
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = real.newDirectoryStream(real(path), filter)) {
            stream.forEach(child -> children.add(watched(child)));
        }
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                return children.iterator();
            }

            @Override
            public void close() {
                // All was read before.
            }
        };
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        real.createDirectory(real(path), attributes);
    }

    @Override
    public void delete(Path path) throws IOException {
        real.delete(real(path));
    }

    @Override
    public void copy(Path from, Path to, CopyOption... options) throws IOException {
        real.copy(real(from), real(to), options);
    }

    @Override
    public void move(Path from, Path to, CopyOption... options) throws IOException {
        real.move(real(from), real(to), options);
    }

    @Override
    public boolean isSameFile(Path one, Path other) throws IOException {
        return real.isSameFile(real(one), real(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return real.isHidden(real(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return real.getFileStore(real(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        real.checkAccess(real(path), modes);
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return real.getFileAttributeView(real(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return real.readAttributes(real(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return real.readAttributes(real(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        real.setAttribute(real(path), attribute, value, options);
    }

    @Override
    public String getScheme() {
        return "counted";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException(uri.toString());
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return system;
    }

    @Override
    public Path getPath(URI uri) {
        throw new UnsupportedOperationException(uri.toString());
    }

    /** What a watched path is part of. */
    private final class CountedSystem extends FileSystem {
        private final FileSystem realSystem = FileSystems.getDefault();

        @Override
        public FileSystemProvider provider() {
            return CountedFiles.this;
        }

        @Override
        public void close() {
            // The real one cannot be closed.
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return realSystem.isReadOnly();
        }

        @Override
        public String getSeparator() {
            return realSystem.getSeparator();
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            return realSystem.getRootDirectories();
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return realSystem.getFileStores();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return realSystem.supportedFileAttributeViews();
        }

        @Override
        public Path getPath(String first, String... more) {
            return watched(realSystem.getPath(first, more));
        }

        @Override
        public PathMatcher getPathMatcher(String syntaxAndPattern) {
            return realSystem.getPathMatcher(syntaxAndPattern);
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            return realSystem.getUserPrincipalLookupService();
        }

        @Override
        public WatchService newWatchService() {
            throw new UnsupportedOperationException("nothing here is watched for changes");
        }
    }
}
