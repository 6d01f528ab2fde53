//! `gc`.

use krait_macros::pymodule;
use krait_object::gc::{self as collector, GENERATIONS, debug};
use krait_object::limbo;
use krait_object::prelude::*;

/// This module provides access to the garbage collector for reference cycles.
///
/// enable() -- Enable automatic garbage collection.
/// disable() -- Disable automatic garbage collection.
/// isenabled() -- Returns true if automatic collection is enabled.
/// collect() -- Do a full collection right now.
/// get_count() -- Return the current collection counts.
/// get_stats() -- Return list of dictionaries containing per-generation stats.
/// set_debug() -- Set debugging flags.
/// get_debug() -- Get debugging flags.
/// set_threshold() -- Set the collection thresholds.
/// get_threshold() -- Return the current the collection thresholds.
/// get_objects() -- Return a list of all objects tracked by the collector.
/// is_tracked() -- Returns true if a given object is tracked.
/// is_finalized() -- Returns true if a given object has been already finalized.
/// get_referrers() -- Return the list of objects that refer to an object.
/// get_referents() -- Return the list of objects that an object refers to.
/// freeze() -- Freeze all tracked objects and ignore them for future collections.
/// unfreeze() -- Unfreeze all objects in the permanent generation.
/// get_freeze_count() -- Return the number of objects in the permanent generation.
///
#[pymodule(name = "gc")]
pub mod gc {
    use super::*;

    #[pyattr]
    const DEBUG_STATS: u32 = debug::STATS;
    #[pyattr]
    const DEBUG_COLLECTABLE: u32 = debug::COLLECTABLE;
    #[pyattr]
    const DEBUG_UNCOLLECTABLE: u32 = debug::UNCOLLECTABLE;
    #[pyattr]
    const DEBUG_SAVEALL: u32 = debug::SAVEALL;
    #[pyattr]
    const DEBUG_LEAK: u32 = debug::LEAK;

    /// Enable automatic garbage collection.
    #[pyfunction("enable()")]
    fn enable(vm: &Vm) {
        vm.interp.gc.set_enabled(true);
    }
    /// Disable automatic garbage collection.
    #[pyfunction("disable()")]
    fn disable(vm: &Vm) {
        vm.interp.gc.set_enabled(false);
    }
    /// Returns true if automatic garbage collection is enabled.
    #[pyfunction("isenabled()")]
    fn isenabled(vm: &Vm) -> bool {
        vm.interp.gc.is_enabled()
    }
    /// Run the garbage collector.
    ///
    /// With no arguments, run a full collection.  The optional argument
    /// may be an integer specifying which generation to collect.  A ValueError
    /// is raised if the generation number is invalid.
    ///
    /// The number of unreachable objects is returned.
    #[pyfunction("collect(generation=2)")]
    fn collect(vm: &Vm, generation: i32) -> PyResult<usize> {
        match usize::try_from(generation) {
            Ok(g) if g < GENERATIONS => {
                if limbo::is_quiet(vm) {
                    limbo::release_parked(vm);
                }
                if let (true, Some(f)) = (g == GENERATIONS - 1, vm.interp.before_collection.get()) {
                    f(vm);
                }
                Ok(collector::collect(vm, g))
            }
            _ => Err(vm.value_error("invalid generation")),
        }
    }
    /// Set the garbage collection debugging flags.
    ///
    ///   flags
    ///     An integer that can have the following bits turned on:
    ///       DEBUG_STATS - Print statistics during collection.
    ///       DEBUG_COLLECTABLE - Print collectable objects found.
    ///       DEBUG_UNCOLLECTABLE - Print unreachable but uncollectable objects
    ///         found.
    ///       DEBUG_SAVEALL - Save objects to gc.garbage rather than freeing them.
    ///       DEBUG_LEAK - Debug leaking programs (everything but STATS).
    ///
    /// Debugging information is written to sys.stderr.
    #[pyfunction("set_debug(flags, /)")]
    fn set_debug(vm: &Vm, flags: i32) {
        vm.interp.gc.debug.set(flags as u32);
    }
    /// Get the garbage collection debugging flags.
    #[pyfunction("get_debug()")]
    fn get_debug(vm: &Vm) -> i32 {
        vm.interp.gc.debug.get() as i32
    }
    /// set_threshold(threshold0, [threshold1, [threshold2]])
    /// Set the collection thresholds (the collection frequency).
    ///
    /// Setting 'threshold0' to zero disables collection.
    #[pyfunction("set_threshold(*args)", nosig)]
    fn set_threshold(vm: &Vm, args: &[Ref<'_>]) -> PyResult<()> {
        if args.is_empty() || args.len() > GENERATIONS {
            return Err(vm.type_error("gc.set_threshold requires 1 to 3 arguments"));
        }
        let mut values = Vec::new();
        for a in args {
            values.push(krait_object::convert::c_int(vm, *a)?);
        }
        for (g, v) in values.into_iter().enumerate() {
            vm.interp.gc.set_threshold(g, v.max(0) as u32);
        }
        Ok(())
    }
    /// Return the current collection thresholds.
    #[pyfunction("get_threshold()")]
    fn get_threshold(vm: &Vm) -> (u32, u32, u32) {
        let [a, b, c] = vm.interp.gc.thresholds();
        (a, b, c)
    }
    /// Return a three-tuple of the current collection counts.
    #[pyfunction("get_count()")]
    fn get_count(vm: &Vm) -> (u32, u32, u32) {
        let [a, b, c] = vm.interp.gc.counts();
        (a, b, c)
    }
    /// Return a list of dictionaries containing per-generation statistics.
    #[pyfunction("get_stats()")]
    fn get_stats(vm: &Vm) -> PyResult<Vec<Obj>> {
        let mut out = Vec::new();
        for s in vm.interp.gc.stats() {
            let d = PyDict::new(vm);
            d.set_item_str(vm, "collections", vm.int_usize(s.collections))?;
            d.set_item_str(vm, "collected", vm.int_usize(s.collected))?;
            d.set_item_str(vm, "uncollectable", vm.int_usize(s.uncollectable))?;
            out.push(d.into_obj());
        }
        Ok(out)
    }
    /// Return a list of objects tracked by the collector (excluding the list returned).
    ///
    ///   generation
    ///     Generation to extract the objects from.
    ///
    /// If generation is not None, return only the objects tracked by the collector
    /// that are in that generation.
    #[pyfunction("get_objects(generation=None)")]
    fn get_objects(vm: &Vm, generation: Option<Ref<'_>>) -> PyResult<Vec<Obj>> {
        let generation = match generation {
            None => None,
            Some(g) if !vm.has_index(g) => {
                let got = g.ty(vm).tp_name();
                return Err(vm.type_error(format!("argument should be integer or None, not '{got}'")));
            }
            Some(g) => {
                let g = vm.index_clamped(g)?;
                if g >= GENERATIONS as isize {
                    let text = "generation parameter must be less than the number of available generations (3)";
                    return Err(vm.value_error(text));
                }
                if g < 0 {
                    return Err(vm.value_error("generation parameter cannot be negative"));
                }
                Some(g as usize)
            }
        };
        vm.audit("gc.get_objects", &[vm.int_i64(generation.map_or(-1, |g| g as i64)).r()])?;
        Ok(collector::objects(vm, generation))
    }
    /// Return the list of objects that directly refer to any of 'objs'.
    #[pyfunction("get_referrers(*objs)")]
    fn get_referrers(vm: &Vm, objs: &[Ref<'_>]) -> PyResult<Vec<Obj>> {
        vm.audit("gc.get_referrers", &[PyTuple::from_refs(vm, objs).r()])?;
        Ok(collector::referrers(vm, objs))
    }
    /// Return the list of objects that are directly referred to by 'objs'.
    #[pyfunction("get_referents(*objs)")]
    fn get_referents(vm: &Vm, objs: &[Ref<'_>]) -> PyResult<Vec<Obj>> {
        vm.audit("gc.get_referents", &[PyTuple::from_refs(vm, objs).r()])?;
        Ok(objs.iter().flat_map(|o| collector::referents(*o)).collect())
    }
    /// Returns true if the object is tracked by the garbage collector.
    ///
    /// Simple atomic objects will return false.
    #[pyfunction("is_tracked(obj, /)")]
    fn is_tracked(obj: Ref<'_>) -> bool {
        collector::is_tracked(obj)
    }
    /// Returns true if the object has been already finalized by the GC.
    #[pyfunction("is_finalized(obj, /)")]
    fn is_finalized(obj: Ref<'_>) -> bool {
        collector::is_finalized(obj)
    }
    /// Freeze all current tracked objects and ignore them for future collections.
    ///
    /// This can be used before a POSIX fork() call to make the gc copy-on-write friendly.
    /// Note: collection before a POSIX fork() call may free pages for future allocation
    /// which can cause copy-on-write.
    #[pyfunction("freeze()")]
    fn freeze(vm: &Vm) {
        collector::freeze(vm);
    }
    /// Unfreeze all objects in the permanent generation.
    ///
    /// Put all objects in the permanent generation back into oldest generation.
    #[pyfunction("unfreeze()")]
    fn unfreeze(vm: &Vm) {
        collector::unfreeze(vm);
    }
    /// Return the number of objects in the permanent generation.
    #[pyfunction("get_freeze_count()")]
    fn get_freeze_count(vm: &Vm) -> usize {
        collector::frozen_count(vm)
    }

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        module.add(vm, "garbage", vm.interp.gc.garbage(vm).clone())?;
        module.add(vm, "callbacks", vm.interp.gc.callbacks(vm).clone())
    }
}
