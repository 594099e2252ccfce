package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A shared library of a name and nothing in it, for x86-64 (ELF: System V gABI, chapters 4 and 5): the loader is content where a program names
 * a library of which it then calls nothing. It has the program headers and the dynamic section that the loader reads, and no sections.
 */
final class EmptyLibrary {
    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int PROGRAM_HEADERS = 3;
    private static final int SYMBOL_BYTES = 24;
    private static final int DYNAMIC_BYTES = 16;
    private static final int VERSION_BYTES = 20;
    private static final int VERSION_NAME_BYTES = 8;

    private static final short ET_DYN = 3;
    private static final short EM_X86_64 = 62;
    private static final int PT_LOAD = 1;
    private static final int PT_DYNAMIC = 2;
    private static final int PT_GNU_STACK = 0x6474e551;
    /** PF_R and PF_W: the loader puts addresses into the dynamic section. */
    private static final int READ_WRITE = 6;

    private static final long PAGE_BYTES = 4096;

    private static final long DT_NULL = 0;
    private static final long DT_HASH = 4;
    private static final long DT_STRTAB = 5;
    private static final long DT_SYMTAB = 6;
    private static final long DT_STRSZ = 10;
    private static final long DT_SYMENT = 11;
    private static final long DT_SONAME = 14;
    private static final long DT_VERSYM = 0x6ffffff0L;
    private static final long DT_VERDEF = 0x6ffffffcL;
    private static final long DT_VERDEFNUM = 0x6ffffffdL;

    private final List<String> versions = new ArrayList<>();
    private final List<Integer> names = new ArrayList<>();
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();

    /**
     * @param name by which programs ask for the library
     * @param symbolVersions which they expect; without them the loader would complain of each at every start
     */
    private EmptyLibrary(String name, List<String> symbolVersions) {
        strings.write(0);
        versions.add(name); // The first is the library itself.
        versions.addAll(symbolVersions);
        for (String version : versions) {
            names.add(strings.size());
            strings.writeBytes(version.getBytes(StandardCharsets.US_ASCII));
            strings.write(0);
        }
    }

    /** The bytes of a library's file. */
    static byte[] bytes(String name, List<String> symbolVersions) {
        return new EmptyLibrary(name, symbolVersions).file();
    }

    private byte[] file() {
        int symbols = HEADER_BYTES + PROGRAM_HEADERS * PROGRAM_HEADER_BYTES;
        int hash = symbols + SYMBOL_BYTES;
        int definitions = hash + 4 * Integer.BYTES;
        int symbolVersions = definitions + versions.size() * (VERSION_BYTES + VERSION_NAME_BYTES);
        int text = symbolVersions + Short.BYTES;
        int dynamic = (text + strings.size() + 7) / 8 * 8;
        long[][] entries = {
            {DT_SONAME, names.get(0)},
            {DT_HASH, hash},
            {DT_SYMTAB, symbols},
            {DT_SYMENT, SYMBOL_BYTES},
            {DT_STRTAB, text},
            {DT_STRSZ, strings.size()},
            {DT_VERSYM, symbolVersions},
            {DT_VERDEF, definitions},
            {DT_VERDEFNUM, versions.size()},
            {DT_NULL, 0},
        };
        int dynamicBytes = entries.length * DYNAMIC_BYTES;
        ByteBuffer out = ByteBuffer.allocate(dynamic + dynamicBytes).order(ByteOrder.LITTLE_ENDIAN);
        header(out);
        programHeader(out, PT_LOAD, 0, out.capacity(), PAGE_BYTES);
        programHeader(out, PT_DYNAMIC, dynamic, dynamicBytes, Long.BYTES);
        programHeader(out, PT_GNU_STACK, 0, 0, DYNAMIC_BYTES);
        out.position(hash); // The one symbol is the null symbol: all zeros.
        out.putInt(1).putInt(1).putInt(0).putInt(0);
        definitions(out);
        out.position(text);
        out.put(strings.toByteArray());
        out.position(dynamic);
        for (long[] entry : entries) {
            out.putLong(entry[0]).putLong(entry[1]);
        }
        return out.array();
    }

    private static void header(ByteBuffer out) {
        byte[] identification = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        out.put(identification).putShort(ET_DYN).putShort(EM_X86_64).putInt(1);
        out.putLong(0).putLong(HEADER_BYTES).putLong(0).putInt(0); // No entry point, no sections, no flags.
        out.putShort((short) HEADER_BYTES)
                .putShort((short) PROGRAM_HEADER_BYTES)
                .putShort((short) PROGRAM_HEADERS)
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort((short) 0);
    }

    /** Addresses are offsets in the file: the loader adds where it puts the library. */
    private static void programHeader(ByteBuffer out, int type, long offset, long bytes, long alignment) {
        out.putInt(type).putInt(READ_WRITE);
        out.putLong(offset).putLong(offset).putLong(offset);
        out.putLong(bytes).putLong(bytes).putLong(alignment);
    }

    /** Elf64_Verdef and Elf64_Verdaux of each version (Linux Standard Base, 10.7.3). */
    private void definitions(ByteBuffer out) {
        for (int i = 0; i < versions.size(); i++) {
            boolean last = i == versions.size() - 1;
            out.putShort((short) 1).putShort((short) (i == 0 ? 1 : 0)).putShort((short) (i + 1));
            out.putShort((short) 1).putInt(hash(versions.get(i))).putInt(VERSION_BYTES);
            out.putInt(last ? 0 : VERSION_BYTES + VERSION_NAME_BYTES);
            out.putInt(names.get(i)).putInt(0);
        }
    }

    /** The hash function of the gABI. */
    private static int hash(String name) {
        int hash = 0;
        for (byte character : name.getBytes(StandardCharsets.US_ASCII)) {
            hash = (hash << 4) + character;
            int high = hash & 0xf0000000;
            hash ^= high >>> 24;
            hash &= ~high;
        }
        return hash;
    }
}
