/* Runs compiled traces under qemu-aarch64: see jit/src/lower/differential.rs.
 *
 * Standard input is a bundle of 64-bit words: the number of cases, then for each the bytes of its code, the code, the
 * number of memory words given, and their addresses and values. The memory image lies at a fixed address and is zero
 * elsewhere. Standard output: for each case the result, the number of words that are not zero, their addresses and
 * values. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define IMAGE 0x2000000000ull
#define IMAGE_SIZE 0x20000ull
#define FRAME (IMAGE + 0x8000)
#define REGS (IMAGE + 0x9000)
#define SCRATCH (IMAGE + 0xa000)
#define LOG (IMAGE + 0x18000)
#define STUB (IMAGE + 0x1f000)
#define STUB_RESULT (IMAGE + 0x1f008)
#define FUNCTIONS 0x3000000000ull
#define CODE_SIZE (1 << 20)

typedef uint64_t word;

static word at(word address) { return *(volatile word *)address; }
static void put(word address, word value) { *(volatile word *)address = value; }

/* Stands in for every runtime function: notes the call, and gives what the case says. */
static word stub(word vm, word a, word b, word c, word n) {
    word count = at(LOG);
    put(LOG, count + 1);
    word entry = LOG + 8 + count * 40;
    if (entry + 40 < STUB) {
        put(entry, n);
        put(entry + 8, vm);
        put(entry + 16, a);
        put(entry + 24, b);
        put(entry + 32, c);
    }
    return at(STUB_RESULT);
}

static word read_word(void) {
    word w;
    if (fread(&w, 8, 1, stdin) != 1) {
        fprintf(stderr, "the bundle ends early\n");
        exit(2);
    }
    return w;
}

static void write_word(word w) {
    if (fwrite(&w, 8, 1, stdout) != 1) exit(2);
}

static void *map(word address, size_t size, int prot) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (address ? MAP_FIXED : 0);
    void *p = mmap((void *)address, size, prot, flags, -1, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return p;
}

int main(void) {
    /* The plain functions of the cases: a + b of doubles, true, twice an integer. */
    static const uint32_t functions[] = {0x1e612800, 0xd65f03c0, 0x52800020, 0xd65f03c0, 0x8b000000, 0xd65f03c0};
    map(IMAGE, IMAGE_SIZE, PROT_READ | PROT_WRITE);
    uint32_t *f = map(FUNCTIONS, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
    for (int i = 0; i < 3; i++) {
        f[i * 16] = functions[i * 2];
        f[i * 16 + 1] = functions[i * 2 + 1];
    }
    __builtin___clear_cache((char *)f, (char *)f + 4096);
    char *code = map(0, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
    word cases = read_word();
    for (word n = 0; n < cases; n++) {
        word length = read_word();
        if (length > CODE_SIZE || fread(code, 1, length, stdin) != length) exit(2);
        __builtin___clear_cache(code, code + length);
        memset((void *)IMAGE, 0, IMAGE_SIZE);
        put(STUB, (word)stub);
        word given = read_word();
        while (given--) {
            word address = read_word();
            put(address, read_word());
        }
        word (*entry)(word, word, word, word) = (void *)code;
        word result = entry(IMAGE, FRAME, REGS, SCRATCH);
        put(STUB, 0);
        word set = 0;
        for (word a = IMAGE; a < IMAGE + IMAGE_SIZE; a += 8) set += at(a) != 0;
        write_word(result);
        write_word(set);
        for (word a = IMAGE; a < IMAGE + IMAGE_SIZE; a += 8) {
            if (at(a)) {
                write_word(a);
                write_word(at(a));
            }
        }
    }
    return 0;
}
