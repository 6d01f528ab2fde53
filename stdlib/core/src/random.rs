//! `_random`: the Mersenne Twister MT19937, as CPython seeds and reads it.

use std::cell::{Cell, UnsafeCell};

use dashu_int::{IBig, UBig};
use krait_macros::{pyclass, pymodule};
use krait_object::prelude::*;

use crate::util::{instance, no_header};

const N: usize = 624;
const M: usize = 397;
const MATRIX_A: u32 = 0x9908_b0df;
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7fff_ffff;

/// The generator's state.
#[repr(C)]
pub struct PyRandom {
    header: Header,
    index: Cell<usize>,
    state: UnsafeCell<[u32; N]>,
}

impl PyRandom {
    /// The state words. Nothing that runs while the borrow lives touches the generator.
    #[expect(clippy::mut_from_ref, reason = "one borrow at a time, see above")]
    fn words(&self) -> &mut [u32; N] {
        // SAFETY: the callers below run no other code between taking and dropping the borrow.
        unsafe { &mut *self.state.get() }
    }
    #[inline(never)]
    fn refill(&self) {
        let s = self.words();
        let twist = |hi: u32, lo: u32| {
            let y = (hi & UPPER) | (lo & LOWER);
            (y >> 1) ^ if y & 1 != 0 { MATRIX_A } else { 0 }
        };
        for i in 0..N - M {
            s[i] = s[i + M] ^ twist(s[i], s[i + 1]);
        }
        for i in N - M..N - 1 {
            s[i] = s[i + M - N] ^ twist(s[i], s[i + 1]);
        }
        s[N - 1] = s[M - 1] ^ twist(s[N - 1], s[0]);
        self.index.set(0);
    }
    /// The next 32 bits.
    #[inline]
    pub fn next_u32(&self) -> u32 {
        if self.index.get() >= N {
            self.refill();
        }
        let i = self.index.get();
        self.index.set(i + 1);
        let mut y = self.words()[i];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
    fn seed_with(&self, seed: u32) {
        let s = self.words();
        s[0] = seed;
        for i in 1..N {
            s[i] = 1_812_433_253u32.wrapping_mul(s[i - 1] ^ (s[i - 1] >> 30)).wrapping_add(i as u32);
        }
        self.index.set(N);
    }
    fn seed_with_array(&self, key: &[u32]) {
        self.seed_with(19_650_218);
        let s = self.words();
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            s[i] = (s[i] ^ (s[i - 1] ^ (s[i - 1] >> 30)).wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j += 1;
            if i >= N {
                s[0] = s[N - 1];
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            s[i] = (s[i] ^ (s[i - 1] ^ (s[i - 1] >> 30)).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                s[0] = s[N - 1];
                i = 1;
            }
        }
        s[0] = 0x8000_0000;
    }
    fn seed_from_system(&self) {
        let mut bytes = [0u8; N * 4];
        let mut done = 0;
        while done < bytes.len() {
            // SAFETY: the buffer has that many bytes left.
            let n = unsafe { libc::getrandom(bytes[done..].as_mut_ptr().cast(), bytes.len() - done, 0) };
            if n <= 0 {
                break;
            }
            done += n as usize;
        }
        if done < bytes.len() {
            return self.seed_from_time();
        }
        let key: Vec<u32> = bytes.chunks_exact(4).map(|b| u32::from_ne_bytes([b[0], b[1], b[2], b[3]])).collect();
        self.seed_with_array(&key);
    }
    fn seed_from_time(&self) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let nanos = now.as_nanos() as u64;
        self.seed_with_array(&[nanos as u32, (nanos >> 32) as u32, std::process::id()]);
    }
    fn seed_from(&self, vm: &Vm, arg: Option<Ref<'_>>) -> PyResult<()> {
        let Some(arg) = arg.filter(|a| !a.is_none()) else {
            self.seed_from_system();
            return Ok(());
        };
        let n: UBig = match arg.as_int(vm) {
            Some(IntRef::Small(i)) => UBig::from(i.unsigned_abs()),
            Some(i) => i.to_big().into_parts().1,
            None => UBig::from(vm.hash(arg)? as u64),
        };
        let bytes = n.to_le_bytes();
        let mut key: Vec<u32> = bytes.chunks(4).map(|c| c.iter().rev().fold(0u32, |w, b| (w << 8) | u32::from(*b))).collect();
        if key.is_empty() {
            key.push(0);
        }
        self.seed_with_array(&key);
        Ok(())
    }
    fn next_f64(&self) -> f64 {
        let (a, b) = (self.next_u32() >> 5, self.next_u32() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// Random() -> create a random number generator with its own internal state.
#[pyclass(layout = PyRandom, name = "Random", module = "_random", own, no_gc, nosig, mutable, flags(BASETYPE))]
pub mod random_class {
    use super::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        instance(vm, cls, PyRandom { header: no_header(), index: Cell::new(N), state: UnsafeCell::new([0; N]) })
    }
    #[pyinit(raw)]
    fn init(vm: &Vm, zelf: &PyRandom, args: Args<'_>) -> PyResult<()> {
        if zelf.r().is_exact::<PyRandom>(vm) {
            krait_object::unpack::no_keywords(vm, "Random", &args)?;
        }
        krait_object::unpack::check_positional(vm, "Random", args.npos(), 0, 1)?;
        zelf.seed_from(vm, args.pos().first().copied())
    }
    /// random() -> x in the interval [0, 1).
    #[pymethod]
    fn random(zelf: &PyRandom) -> f64 {
        zelf.next_f64()
    }
    /// seed([n]) -> None.
    ///
    /// Defaults to use urandom and falls back to a combination
    /// of the current time and the process identifier.
    #[pymethod("seed(self, n=None, /)")]
    fn seed(vm: &Vm, zelf: &PyRandom, n: Option<Ref<'_>>) -> PyResult<()> {
        zelf.seed_from(vm, n)
    }
    /// getstate() -> tuple containing the current state.
    #[pymethod]
    fn getstate(vm: &Vm, zelf: &PyRandom) -> Obj {
        let index = zelf.index.get() as i64;
        let words = zelf.words().map(|w| Obj::small(i64::from(w)));
        vm.tuple(words.into_iter().chain([Obj::small(index)]).collect())
    }
    /// setstate(state) -> None.  Restores generator state.
    #[pymethod("setstate(self, state, /)")]
    fn setstate(vm: &Vm, zelf: &PyRandom, state: Ref<'_>) -> PyResult<()> {
        let Some(t) = state.downcast::<PyTuple>(vm) else {
            return Err(vm.type_error("state vector must be a tuple"));
        };
        let [words @ .., index] = t.as_slice() else {
            return Err(vm.value_error("state vector is the wrong size"));
        };
        if words.len() != N {
            return Err(vm.value_error("state vector is the wrong size"));
        }
        let mut new = [0u32; N];
        for (slot, w) in new.iter_mut().zip(words) {
            let Some(i) = w.r().as_int(vm) else {
                return Err(vm.type_error("an integer is required"));
            };
            if i.is_negative() {
                return Err(vm.overflow_error("can't convert negative value to unsigned int"));
            }
            match i.to_i64() {
                Some(v) => *slot = v as u32,
                None => return Err(vm.overflow_error("Python int too large to convert to C unsigned long")),
            }
        }
        let Some(index) = index.r().as_int(vm) else {
            return Err(vm.type_error("an integer is required"));
        };
        match index.to_i64() {
            Some(i) if (0..=N as i64).contains(&i) => zelf.index.set(i as usize),
            _ => return Err(vm.value_error("invalid state")),
        }
        *zelf.words() = new;
        Ok(())
    }
    /// getrandbits(k) -> x.  Generates an int with k random bits.
    #[pymethod("getrandbits(self, k, /)")]
    fn getrandbits(vm: &Vm, zelf: &PyRandom, k: Ref<'_>) -> PyResult<Obj> {
        let k = match k.value().as_int() {
            Some(k) => Some(k),
            None => match vm.index(k)?.r().as_int(vm) {
                Some(i) if i.is_negative() => Some(-1),
                i => i.and_then(IntRef::to_i64),
            },
        };
        match k {
            Some(k) if k < 0 => Err(vm.value_error("Cannot convert negative int")),
            None => Err(vm.overflow_error("Python int too large to convert to C uint64_t")),
            Some(0) => Ok(Obj::small(0)),
            Some(k) if k <= 32 => Ok(Obj::small(i64::from(zelf.next_u32() >> (32 - k)))),
            Some(k) => {
                let words = (k as usize - 1) / 32 + 1;
                let mut bytes: Vec<u8> = Vec::new();
                if bytes.try_reserve_exact(words * 4).is_err() {
                    return Err(vm.memory_error());
                }
                let mut left = k as usize;
                for _ in 0..words {
                    let mut r = zelf.next_u32();
                    if left < 32 {
                        r >>= 32 - left;
                    }
                    bytes.extend_from_slice(&r.to_le_bytes());
                    left = left.saturating_sub(32);
                }
                Ok(vm.int_big(IBig::from(UBig::from_le_bytes(&bytes))))
            }
        }
    }
}

/// Module implements the Mersenne Twister random number generator.
#[pymodule(name = "_random", classes = [random_class])]
pub mod random {
    use super::*;
}
