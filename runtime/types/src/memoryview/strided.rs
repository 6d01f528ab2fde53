//! Walking multi-dimensional memory.

use krait_object::buffer::BufferInfo;

/// Strides of a C-contiguous array.
pub fn c_strides(shape: &[isize], itemsize: usize) -> Vec<isize> {
    let mut out = vec![0; shape.len()];
    let mut step = itemsize as isize;
    for (s, n) in out.iter_mut().zip(shape).rev() {
        *s = step;
        step = step.wrapping_mul(*n);
    }
    out
}

/// Strides of a Fortran-contiguous array.
pub fn f_strides(shape: &[isize], itemsize: usize) -> Vec<isize> {
    let mut out = vec![0; shape.len()];
    let mut step = itemsize as isize;
    for (s, n) in out.iter_mut().zip(shape) {
        *s = step;
        step = step.wrapping_mul(*n);
    }
    out
}

/// Memory seen as an array. Strides are never empty unless the array has no dimensions.
#[derive(Clone)]
pub struct View {
    pub ptr: *mut u8,
    pub itemsize: usize,
    pub shape: Vec<isize>,
    pub strides: Vec<isize>,
    pub suboffsets: Vec<isize>,
}

impl View {
    pub fn of(info: &BufferInfo) -> View {
        let strides = if info.strides.is_empty() { c_strides(&info.shape, info.itemsize) } else { info.strides.clone() };
        View { ptr: info.ptr, itemsize: info.itemsize, shape: info.shape.clone(), strides, suboffsets: info.suboffsets.clone() }
    }
    pub fn ndim(&self) -> usize {
        self.shape.len()
    }
    /// Number of items.
    pub fn items(&self) -> usize {
        self.shape.iter().map(|n| *n as usize).product()
    }
    /// Is the array stored without gaps, last index fastest?
    pub fn is_c_contiguous(&self) -> bool {
        self.suboffsets.is_empty() && (self.items() == 0 || self.matches(&c_strides(&self.shape, self.itemsize)))
    }
    /// Is the array stored without gaps, first index fastest?
    pub fn is_f_contiguous(&self) -> bool {
        self.suboffsets.is_empty() && (self.items() == 0 || self.matches(&f_strides(&self.shape, self.itemsize)))
    }
    fn matches(&self, strides: &[isize]) -> bool {
        // Strides of dimensions of one item do not matter.
        self.shape.iter().zip(&self.strides).zip(strides).all(|((n, a), b)| *n <= 1 || a == b)
    }
    /// Address of item `i` of the first dimension's sub-arrays, for dimension `dim` at `p`.
    ///
    /// # Safety
    /// `p` is where dimension `dim` of the array starts and `i` is in range.
    pub unsafe fn step(&self, p: *mut u8, dim: usize, i: isize) -> *mut u8 {
        // SAFETY: the exporter guarantees that in-range positions are inside its memory, and
        // that non-negative suboffsets stand for pointers to follow.
        unsafe {
            let p = p.offset(self.strides[dim] * i);
            match self.suboffsets.get(dim) {
                Some(&off) if off >= 0 => (*(p as *mut *mut u8)).offset(off),
                _ => p,
            }
        }
    }
    /// Calls `f` with the address of every item, last index fastest.
    pub fn for_each(&self, f: &mut dyn FnMut(*mut u8)) {
        fn walk(v: &View, p: *mut u8, dim: usize, f: &mut dyn FnMut(*mut u8)) {
            if dim == v.ndim() {
                return f(p);
            }
            for i in 0..v.shape[dim] {
                // SAFETY: `p` starts dimension `dim`, and `i` is in range.
                walk(v, unsafe { v.step(p, dim, i) }, dim + 1, f);
            }
        }
        walk(self, self.ptr, 0, f);
    }
    /// All items one after another, last index fastest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let n = self.items() * self.itemsize;
        let mut out = Vec::with_capacity(n);
        if n == 0 {
            return out;
        }
        if self.is_c_contiguous() {
            // SAFETY: the array is one block of `n` bytes that the exporter keeps valid.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(self.ptr, n) });
            return out;
        }
        // SAFETY: each address is that of an item of `itemsize` bytes.
        self.for_each(&mut |p| out.extend_from_slice(unsafe { std::slice::from_raw_parts(p, self.itemsize) }));
        out
    }
}

/// A copy of a buffer's items, last index fastest.
pub fn contiguous_bytes(info: &BufferInfo) -> Vec<u8> {
    View::of(info).to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides() {
        assert_eq!(c_strides(&[2, 3, 4], 8), [96, 32, 8]);
        assert_eq!(f_strides(&[2, 3, 4], 8), [8, 16, 48]);
    }

    #[test]
    fn walking() {
        let mut data: Vec<u8> = (0..12).collect();
        let ptr = data.as_mut_ptr();
        let v = View { ptr, itemsize: 1, shape: vec![3, 2], strides: vec![4, 2], suboffsets: vec![] };
        assert_eq!(v.to_bytes(), [0, 2, 4, 6, 8, 10]);
        assert!(!v.is_c_contiguous());
        let t = View { ptr, itemsize: 1, shape: vec![4, 3], strides: vec![1, 4], suboffsets: vec![] };
        assert_eq!(t.to_bytes(), [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
        assert!(t.is_f_contiguous());
    }
}
