//! The opcode table: every bytecode instruction of Krait, declared once.
//!
//! Everything else about an opcode is generated from this table: the `Op` enum, the assembler's
//! operand checks, the disassembler, `dis`, the interpreter's dispatch and the trace recorder's.
//!
//! # Encoding
//!
//! An instruction is one 64-bit word, followed by one *extension* word if its row says `ext`:
//!
//! ```text
//!   63      48 47      32 31      16 15    8 7     0
//!  +----------+----------+----------+-------+-------+
//!  |    c     |    b     |    a     | flags |  op   |
//!  +----------+----------+----------+-------+-------+
//! ```
//!
//! A 32-bit operand (`k32`, `j32`, `i32`) takes `b` as its low and `c` as its high half.
//! Jump offsets count words, from the word after the instruction (after its extension, if any).
//!
//! # Registers and ownership
//!
//! A frame has `nregs` registers. `0..nlocals` are the named locals (parameters first, in
//! `co_varnames` order, then the other locals, then cell variables that are not parameters);
//! the rest are temporaries, allocated like a stack by the compiler.
//!
//! * Every register owns the reference it holds; 0 is "unbound". All registers but the arguments
//!   start unbound.
//! * Writing a register releases what it held.
//! * A source operand is *borrowed*, unless its consume flag is set (`FLAG_KA`, `FLAG_KB`,
//!   `FLAG_KC` for operands `a`, `b`, `c`): then the instruction takes the reference and leaves
//!   the register unbound (or holding a stale immediate, which owns nothing). The compiler
//!   consumes each temporary at its one use, so that objects die when CPython lets them die.
//! * A *window* is a run of consecutive temporaries that an instruction consumes whole.
//! * When an exception unwinds to a handler, the frame releases every temporary from the
//!   handler's depth up.
//!
//! # Operand kinds
//!
//! | kind | meaning |
//! | --- | --- |
//! | `w` | register written |
//! | `r` | register read; consumed when its flag is set |
//! | `u` | register updated in place (a cell, a list being built, an iterator) |
//! | `win` | first register of a window |
//! | `n` | an unsigned count or index |
//! | `i` | a signed 16-bit immediate |
//! | `j` | a signed 16-bit jump offset |
//! | `k32`, `i32`, `j32` | 32-bit constant index, immediate, jump offset in `b` and `c` |
//! | `-` | unused |
//!
//! The extension is `site` (index of an inline cache and its name, see `SiteInfo`), or `k` (a
//! constant index), or `n` (an unsigned number).
//!
//! # Exceptions
//!
//! An exception table entry names a depth register `d`: all registers from `d` up are released, and
//! `d` receives the exception. With the `lasti` flag, `d + 1` receives the word offset of the failing
//! instruction as an integer, which `RERAISE` with b = 1 takes back as the frame's position (no
//! traceback entry is added by `RERAISE` in either form).
//!
//! When a frame ends, its temporaries are released before its locals.

/// Consume operand `a` / `b` / `c`.
pub const FLAG_KA: u8 = 1;
/// See [`FLAG_KA`].
pub const FLAG_KB: u8 = 2;
/// See [`FLAG_KA`].
pub const FLAG_KC: u8 = 4;
/// A binary operation is the in-place form (`+=`).
pub const FLAG_INPLACE: u8 = 8;
/// `UNPACK_SEQ`: the targets are locals, which may hold values, and at most [`MAX_UNPACK_LOCALS`].
pub const FLAG_LOCALS: u8 = 8;
/// See [`FLAG_LOCALS`].
pub const MAX_UNPACK_LOCALS: u32 = 16;
/// `YIELD`: the value is yielded by an async generator and must be wrapped.
pub const FLAG_ASYNC_GEN: u8 = 16;
/// `YIELD`: the value sent is dropped and `a` is not written.
pub const FLAG_DISCARD: u8 = 32;
/// `CALL`, `CALL_KW`: window slot 1 holds the receiver or is unbound (written by `LOAD_METHOD` or
/// `LOAD_SUPER_METHOD`). Without it slot 1 means nothing and must be ignored (it may hold a stale
/// immediate).
pub const FLAG_METHOD: u8 = 8;
/// `JUMP_IF_TRUE`, `JUMP_IF_FALSE`: operand `a` is consumed only if the jump is *not* taken.
pub const FLAG_KA_FALL: u8 = 8;

/// Expands `$m! { rows }` with one row per opcode:
/// `NAME "doc" a:kind b:kind c:kind ext:kind;`
#[macro_export]
macro_rules! for_each_op {
    ($m:ident) => {
        $m! {
            // --- Data movement -------------------------------------------------------------
            NOP "does nothing" - - - -;
            LOAD_BODY "read the code object's instructions and begin with them (the only instruction of code not read yet)" - - - -;
            RESUME "function entry: polls the eval breaker and counts calls (resuming after a yield runs no RESUME)" - n - -;
            MOVE "a = b" w r - -;
            LOAD_CONST "a = consts[k32]" w k32 - -;
            LOAD_INT "a = the integer i32" w i32 - -;
            LOAD_COMMON "a = common object b (see CommonConst)" w n - -;
            CHECK_BOUND "raise UnboundLocalError if local a is unbound" r - - -;
            CLEAR "release register a and leave it unbound" u - - -;
            DELETE_LOCAL "as CLEAR, but raise UnboundLocalError if unbound" u - - -;
            MAKE_CELL "a = new cell holding what a held (or empty)" u - - -;
            LOAD_CELL "a = contents of the cell in register b; NameError/UnboundLocalError if empty" w r - -;
            STORE_CELL "contents of the cell in register a = b" u r - -;
            DELETE_CELL "empty the cell in register a, error if empty" u - - -;
            LOAD_FREE "a = contents of closure cell number b" w n - -;
            STORE_FREE "contents of closure cell number a = b" n r - -;
            DELETE_FREE "empty closure cell number a, error if empty" n - - -;
            LOAD_CLOSURE "a = closure cell number b itself" w n - -;
            LOAD_DICT_OR_FREE "a = b[name of free variable c] if there (b: mapping), else the contents of closure cell c" w r n -;
            LOAD_DICT_OR_CELL "a = b[name of local c] if there, else the contents of the cell in register c" w r n -;

            // --- Names ---------------------------------------------------------------------
            LOAD_NAME "a = name looked up in the frame's locals, globals, builtins" w - - site;
            STORE_NAME "frame locals[name] = a" r - - site;
            DELETE_NAME "del frame locals[name]" - - - site;
            LOAD_GLOBAL "a = name looked up in globals, builtins" w - - site;
            STORE_GLOBAL "globals[name] = a" r - - site;
            DELETE_GLOBAL "del globals[name]" - - - site;
            LOAD_DICT_OR_GLOBAL "a = name looked up in mapping b, then globals, builtins" w r - site;
            LOAD_LOCALS "a = the frame's locals mapping (class and module bodies)" w - - -;

            // --- Arithmetic ----------------------------------------------------------------
            ADD "a = b + c" w r r -;
            SUB "a = b - c" w r r -;
            MUL "a = b * c" w r r -;
            TRUEDIV "a = b / c" w r r -;
            FLOORDIV "a = b // c" w r r -;
            MOD "a = b % c" w r r -;
            POW "a = b ** c" w r r -;
            MATMUL "a = b @ c" w r r -;
            LSHIFT "a = b << c" w r r -;
            RSHIFT "a = b >> c" w r r -;
            AND "a = b & c" w r r -;
            OR "a = b | c" w r r -;
            XOR "a = b ^ c" w r r -;
            ADD_IMM "a = b + immediate c" w r i -;
            SUB_IMM "a = b - immediate c" w r i -;
            MUL_IMM "a = b * immediate c" w r i -;
            FLOORDIV_IMM "a = b // immediate c" w r i -;
            MOD_IMM "a = b % immediate c" w r i -;
            LSHIFT_IMM "a = b << immediate c" w r i -;
            RSHIFT_IMM "a = b >> immediate c" w r i -;
            AND_IMM "a = b & immediate c" w r i -;
            NEG "a = -b" w r - -;
            POS "a = +b" w r - -;
            INVERT "a = ~b" w r - -;
            NOT "a = not b" w r - -;
            TO_BOOL "a = bool(b)" w r - -;

            // --- Comparison ----------------------------------------------------------------
            LT "a = b < c" w r r -;
            LE "a = b <= c" w r r -;
            EQ "a = b == c" w r r -;
            NE "a = b != c" w r r -;
            GT "a = b > c" w r r -;
            GE "a = b >= c" w r r -;
            IS "a = b is c" w r r -;
            IS_NOT "a = b is not c" w r r -;
            IN "a = b in c" w r r -;
            NOT_IN "a = b not in c" w r r -;

            // --- Jumps ---------------------------------------------------------------------
            JUMP "jump" - j32 - -;
            JUMP_BACK "jump back to a loop header; polls the eval breaker and counts iterations" - j32 - -;
            JUMP_IF_TRUE "jump if a is true" r j32 - -;
            JUMP_IF_FALSE "jump if a is false" r j32 - -;
            JUMP_IF_NONE "jump if a is None" r j32 - -;
            JUMP_IF_NOT_NONE "jump if a is not None" r j32 - -;
            JUMP_IF_LT "jump if a < b" r r j -;
            JUMP_IF_LE "jump if a <= b" r r j -;
            JUMP_IF_EQ "jump if a == b" r r j -;
            JUMP_IF_NE "jump if a != b" r r j -;
            JUMP_IF_GT "jump if a > b" r r j -;
            JUMP_IF_GE "jump if a >= b" r r j -;
            JUMP_UNLESS_LT "jump if not (a < b)" r r j -;
            JUMP_UNLESS_LE "jump if not (a <= b)" r r j -;
            JUMP_UNLESS_EQ "jump if not (a == b)" r r j -;
            JUMP_UNLESS_NE "jump if not (a != b)" r r j -;
            JUMP_UNLESS_GT "jump if not (a > b)" r r j -;
            JUMP_UNLESS_GE "jump if not (a >= b)" r r j -;
            JUMP_IF_LT_IMM "jump if a < immediate b" r i j -;
            JUMP_IF_LE_IMM "jump if a <= immediate b" r i j -;
            JUMP_IF_EQ_IMM "jump if a == immediate b" r i j -;
            JUMP_IF_NE_IMM "jump if a != immediate b" r i j -;
            JUMP_IF_GT_IMM "jump if a > immediate b" r i j -;
            JUMP_IF_GE_IMM "jump if a >= immediate b" r i j -;
            JUMP_UNLESS_LT_IMM "jump if not (a < immediate b)" r i j -;
            JUMP_UNLESS_LE_IMM "jump if not (a <= immediate b)" r i j -;
            JUMP_UNLESS_EQ_IMM "jump if not (a == immediate b)" r i j -;
            JUMP_UNLESS_NE_IMM "jump if not (a != immediate b)" r i j -;
            JUMP_UNLESS_GT_IMM "jump if not (a > immediate b)" r i j -;
            JUMP_UNLESS_GE_IMM "jump if not (a >= immediate b)" r i j -;
            JUMP_IF_IS "jump if a is b" r r j -;
            JUMP_IF_IS_NOT "jump if a is not b" r r j -;
            JUMP_IF_IN "jump if a in b" r r j -;
            JUMP_IF_NOT_IN "jump if a not in b" r r j -;

            // --- Attributes and items ------------------------------------------------------
            LOAD_ATTR "a = b.name" w r - site;
            STORE_ATTR "a.name = b" r r - site;
            DELETE_ATTR "del a.name" r - - site;
            LOAD_METHOD "look up b.name for a call: a = callable, a+1 = self or unbound" w r - site;
            LOAD_SUPER_ATTR "a = super(b, b+1).name where b.. is a window [super, class, self]; c=1: zero-argument form" w win n site;
            LOAD_SUPER_METHOD "as LOAD_SUPER_ATTR, but a = callable, a+1 = self or unbound" w win n site;
            GETITEM "a = b[c]" w r r -;
            GETITEM_IMM "a = b[immediate c]" w r i -;
            SETITEM "a[b] = c" r r r -;
            DELITEM "del a[b]" r r - -;
            GETSLICE "a = b[R[c]:R[c+1]], window c of 2" w r win -;
            SETSLICE "a[R[c]:R[c+1]] = b, window c of 2" r r win -;
            BUILD_SLICE "a = slice(window b of c registers, 2 or 3)" w win n -;

            // --- Calls ---------------------------------------------------------------------
            // A call window is [callable, self or unbound, arg 0, arg 1, ...]. The callee's frame is
            // laid over the arguments, so the window must be the topmost live temporaries.
            CALL "c = call window a with b positional arguments (self not counted; see FLAG_METHOD)" win n w -;
            CALL_KW "as CALL; b counts keyword values too; ext: constant tuple of their names" win n w k;
            CALL_EX "c = call window a [callable, unbound, iterable of arguments, mapping or unbound]; b=1 if there is a mapping" win n w -;
            RETURN "return a (always moved out of the register)" r - - -;
            RETURN_CONST "return consts[k32]" - k32 - -;

            // --- Iteration -----------------------------------------------------------------
            GET_ITER "a = iter(b)" w r - -;
            FOR_ITER "b = next(iterator a), or release a and jump by c when exhausted" u w j -;
            UNPACK_SEQ "unpack b into the c consecutive registers from a" win r n -;
            UNPACK_EX "unpack b into registers from a; c = count before the starred one | count after << 8" win r n -;

            // --- Building ------------------------------------------------------------------
            BUILD_TUPLE "a = tuple of window b of c registers" w win n -;
            BUILD_LIST "a = list of window b of c registers" w win n -;
            BUILD_SET "a = set of window b of c registers" w win n -;
            BUILD_MAP "a = dict of window b of c key/value pairs (2c registers)" w win n -;
            BUILD_STRING "a = the strings of window b of c registers joined" w win n -;
            LIST_APPEND "list a gets b appended" u r - -;
            SET_ADD "set a gets b added" u r - -;
            MAP_ADD "dict a gets a[b] = c" u r r -;
            LIST_EXTEND "list a is extended by iterable b; c=1: as the operand of *args in a call" u r n -;
            SET_UPDATE "set a is updated with iterable b" u r - -;
            DICT_UPDATE "dict a is updated with mapping b (dict display)" u r - -;
            DICT_MERGE "dict a is updated with mapping b; duplicate keys are errors (call; c = callable register for messages)" u r n -;
            LIST_TO_TUPLE "a = tuple(list b)" w r - -;
            CONVERT "a = str(b), repr(b), ascii(b) for c = 1, 2, 3" w r n -;
            FORMAT_SIMPLE "a = format(b)" w r - -;
            FORMAT_SPEC "a = format(b, c)" w r r -;
            BUILD_INTERPOLATION "a = Interpolation(window b: value, expression[, format spec]); c = conversion 0-3 | has spec << 2" w win n -;
            BUILD_TEMPLATE "a = Template(strings tuple b, interpolations tuple c)" w r r -;

            // --- Functions and classes -----------------------------------------------------
            MAKE_FUNCTION "a = function from code constant k32" w k32 - -;
            SET_FUNC_ATTR "attribute c of function a = b (see FuncAttr)" u r n -;
            LOAD_BUILD_CLASS "a = __build_class__" w - - -;

            // --- Import --------------------------------------------------------------------
            IMPORT_NAME "a = __import__(name, globals, locals, R[b+1], R[b]); window b of 2: level, fromlist" w win - site;
            IMPORT_FROM "a = b.name, or the submodule; ImportError if neither" w r - site;
            IMPORT_STAR "from a import * into the frame's locals" r - - -;

            // --- Exceptions ----------------------------------------------------------------
            RAISE "raise: c = 0 re-raise current, 1 raise a, 2 raise a from b" r r n -;
            RERAISE "raise exception a again with its traceback; b=1: a+1 holds the failing position (see Exceptions)" r n - -;
            PUSH_EXC "handler entry: a+1 = exception being handled before (or None); a becomes the handled one" u - - -;
            POP_EXC "the handled exception becomes a+1 again; release a and a+1" u - - -;
            JUMP_UNLESS_EXC_MATCH "jump by c unless exception a matches type or tuple b" r r j -;
            EG_MATCH "a = part of group b that matches c (or None), a+1 = the rest (or None); a match becomes the handled exception" w r r -;
            EG_PREP_RERAISE "a = what to raise after except*: b the original, c the list of raised and rest" w r r -;
            WITH_ENTER "a = bound __exit__ of b, a+1 = result of __enter__()" w r - -;
            ASYNC_WITH_ENTER "a = bound __aexit__ of b, a+1 = awaitable of __aenter__()" w r - -;
            WITH_EXIT "a = exit function b called with the exception c's (type, value, traceback), or with three Nones if c is None" w r r -;

            // --- Generators and coroutines ---------------------------------------------------
            RETURN_GENERATOR "function entry: make the generator/coroutine that owns this frame, and return it" - - - -;
            YIELD "suspend and yield b; on resumption a = the value sent" w r - -;
            GET_YIELD_FROM_ITER "a = iterator for yield from b" w r - -;
            GET_AWAITABLE "a = iterator for await b; c = 0 await, 1 __aenter__, 2 __aexit__" w r n -;
            YIELD_FROM "send c to iterator b; if it yields, suspend yielding that and come back here with c = value sent; when done a = its result, b and c released" w u u -;
            GET_AITER "a = b.__aiter__()" w r - -;
            GET_ANEXT "a = awaitable of b.__anext__() (b stays)" w u - -;
            END_ASYNC_FOR "exception a ends the loop if it is StopAsyncIteration (released, with iterator b), else raise it again" r r - -;

            // --- Pattern matching ------------------------------------------------------------
            MATCH_MAPPING "a = b is a mapping" w r - -;
            MATCH_SEQUENCE "a = b is a sequence (not str, bytes, bytearray)" w r - -;
            MATCH_KEYS "a = tuple of values of b under the keys in tuple c, or None" w r r -;
            MATCH_CLASS "a = tuple of attributes of b as class pattern c, or None; window c of 2: class, keyword names; ext: positional count" w r win n;
            GET_LEN "a = len(b)" w r - -;
            DICT_REST "a = dict(b) without the keys in tuple c" w r r -;

            // --- Rest ------------------------------------------------------------------------
            PRINT_EXPR "sys.displayhook(a)" r - - -;
            SETUP_ANNOTATIONS "frame locals gets __annotations__ = {} if it has none" - - - -;
            INTRINSIC_1 "a = intrinsic c of b (see Intrinsic1)" w r n -;
            INTRINSIC_2 "a = intrinsic c of window b of 2 (see Intrinsic2)" w win n -;
        }
    };
}
