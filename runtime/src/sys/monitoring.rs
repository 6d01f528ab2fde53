//! `sys.monitoring`: tools, their callbacks and the events they want. What fires the events is
//! `interp/monitor.rs`.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use krait_macros::pymodule;
use krait_object::code::PyCode;
use krait_object::module::PyModule;
use krait_object::prelude::*;

/// Tools that can be registered.
pub const TOOLS: usize = 6;

/// Names of the events in the order of their bits.
pub const EVENTS: &[&str] = &[
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];

/// Events that can be switched on for single code objects.
pub const LOCAL_EVENTS: u32 = (1 << 11) - 1;
/// `C_RETURN` and `C_RAISE` come with `CALL`.
const C_EVENTS: u32 = 1 << 16 | 1 << 17;
const CALL: u32 = 1 << 4;
const BRANCH: u32 = 1 << 18;
const BRANCH_SIDES: u32 = 1 << 8 | 1 << 9;

/// One tool.
#[derive(Default)]
pub struct Tool {
    pub name: Option<Obj>,
    /// Events wanted everywhere.
    pub events: u32,
    /// Callbacks by event number.
    pub callbacks: HashMap<u32, Obj>,
    /// Events wanted in single code objects, which are kept alive.
    pub local: Vec<(Py<PyCode>, u32)>,
}

/// A tool, an event and the offset of an instruction.
type Place = (usize, u32, u32);

/// All tools of an interpreter.
#[derive(Default)]
pub struct Monitoring {
    pub tools: RefCell<[Tool; TOOLS]>,
    /// Union of the events the tools want anywhere; `C_RETURN` and `C_RAISE` come with `CALL`.
    pub wanted: Cell<u32>,
    /// Where callbacks returned `DISABLE`, by the address of the code object, which is kept alive.
    disabled: RefCell<HashMap<usize, (Py<PyCode>, HashSet<Place>)>>,
    /// The `DISABLE` and `MISSING` objects.
    disable: Cell<Option<Obj>>,
    missing: Cell<Option<Obj>>,
}

/// Bit of [`Tool::events`] that switches an event on.
fn switch(event: u32) -> u32 {
    if 1 << event & C_EVENTS != 0 { CALL } else { 1 << event }
}

impl Monitoring {
    /// The callback of a tool for an event, if the tool wants it at that place.
    pub fn callback(&self, tool: usize, event: u32, code: &PyCode, at: u32) -> Option<Obj> {
        let tools = self.tools.borrow();
        let t = &tools[tool];
        let callback = t.callbacks.get(&event)?;
        let bit = switch(event);
        let wanted = t.events & bit != 0 || t.local.iter().any(|(c, e)| e & bit != 0 && std::ptr::eq::<PyCode>(&**c, code));
        if !wanted {
            return None;
        }
        let disabled = self.disabled.borrow();
        let off = disabled.get(&std::ptr::from_ref(code).addr()).is_some_and(|(_, places)| places.contains(&(tool, event, at)));
        (!off).then(|| callback.clone())
    }

    /// Stops calling a tool for an event at a place.
    pub fn disable(&self, tool: usize, event: u32, code: &PyCode, at: u32) {
        let mut disabled = self.disabled.borrow_mut();
        let places = disabled.entry(std::ptr::from_ref(code).addr()).or_insert_with(|| (code.to_py(), HashSet::new()));
        places.1.insert((tool, event, at));
    }

    /// Forgets the callback of a tool for an event.
    #[must_use = "dropping the callback may run Python code"]
    pub fn remove_callback(&self, tool: usize, event: u32) -> Option<Obj> {
        self.tools.borrow_mut()[tool].callbacks.remove(&event)
    }

    /// Whether an object is `sys.monitoring.DISABLE`.
    pub fn is_disable(&self, o: Ref<'_>) -> bool {
        krait_object::exception::peek(&self.disable).is_some_and(|d| d.r().is(o))
    }

    /// `sys.monitoring.MISSING`.
    pub fn missing(&self) -> Obj {
        krait_object::exception::peek(&self.missing).unwrap_or_else(Obj::none)
    }

    /// Places disabled for one tool only are enabled again when it lets go.
    #[must_use = "dropping code objects frees what they hold"]
    fn enable(&self, which: impl Fn(&Place) -> bool) -> Vec<Py<PyCode>> {
        let mut freed = Vec::new();
        self.disabled.borrow_mut().retain(|_, (code, places)| {
            places.retain(|p| !which(p));
            if places.is_empty() {
                freed.push(code.clone());
            }
            !places.is_empty()
        });
        freed
    }
}

/// The tools of an interpreter.
pub fn state(vm: &Vm) -> &'static Monitoring {
    vm.interp.state()
}

fn tool_id(vm: &Vm, id: i32) -> PyResult<usize> {
    match usize::try_from(id) {
        Ok(i) if i < TOOLS => Ok(i),
        _ => Err(vm.value_error(format!("invalid tool {id} (must be between 0 and {})", TOOLS - 1))),
    }
}

fn used_tool(vm: &Vm, id: i32) -> PyResult<usize> {
    let i = tool_id(vm, id)?;
    if state(vm).tools.borrow()[i].name.is_none() {
        return Err(vm.value_error(format!("tool {id} is not in use")));
    }
    Ok(i)
}

/// Normalises an event set as `set_events` and `set_local_events` do.
fn checked_events(vm: &Vm, mut events: i32, local: bool) -> PyResult<u32> {
    if events < 0 || events >= 1 << EVENTS.len() {
        let what = if local { "local event" } else { "event" };
        return Err(vm.value_error(format!("invalid {what} set 0x{events:x}")));
    }
    if events as u32 & BRANCH != 0 {
        events = (events as u32 & !BRANCH | BRANCH_SIDES) as i32;
    }
    let set = events as u32;
    if set & C_EVENTS != 0 && set & (C_EVENTS | CALL) != C_EVENTS | CALL {
        return Err(vm.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    let set = set & !C_EVENTS;
    if local && set & !LOCAL_EVENTS != 0 {
        return Err(vm.value_error(format!("invalid local event set 0x{events:x}")));
    }
    Ok(set)
}

fn changed(vm: &Vm) {
    let wanted = {
        let tools = state(vm).tools.borrow();
        let all = |t: &Tool| t.local.iter().fold(t.events, |all, (_, e)| all | e);
        tools.iter().fold(0, |bits, t| bits | all(t))
    };
    let with_c = if wanted & CALL != 0 { wanted | C_EVENTS } else { wanted };
    state(vm).wanted.set(with_c);
    crate::tracing::monitoring_changed(vm);
}

fn take_tool(vm: &Vm, i: usize, keep_name: bool) {
    let mut old = std::mem::take(&mut state(vm).tools.borrow_mut()[i]);
    if keep_name {
        state(vm).tools.borrow_mut()[i].name = old.name.take();
    }
    let freed = state(vm).enable(|p| p.0 == i);
    changed(vm);
    drop((old, freed));
}

/// Makes the `sys.monitoring` module.
pub fn create(vm: &Vm) -> PyResult<Obj> {
    let m = PyModule::from_def(vm, &module::DEF)?;
    m.filled.set(true);
    m.exec_def(vm)?;
    Ok(m.into_obj())
}

#[pymodule(name = "sys.monitoring")]
pub mod module {
    use super::*;

    #[pyfunction("use_tool_id(tool_id, name, /)")]
    fn use_tool_id(vm: &Vm, id: i32, name: Ref<'_>) -> PyResult<()> {
        let i = tool_id(vm, id)?;
        if !name.is_instance_of::<PyStr>(vm) {
            return Err(vm.value_error("tool name must be a str"));
        }
        let mut tools = state(vm).tools.borrow_mut();
        if tools[i].name.is_some() {
            return Err(vm.value_error(format!("tool {id} is already in use")));
        }
        tools[i].name = Some(name.to_obj());
        Ok(())
    }
    #[pyfunction("clear_tool_id(tool_id, /)")]
    fn clear_tool_id(vm: &Vm, id: i32) -> PyResult<()> {
        let i = tool_id(vm, id)?;
        if state(vm).tools.borrow()[i].name.is_some() {
            take_tool(vm, i, true);
        }
        Ok(())
    }
    #[pyfunction("free_tool_id(tool_id, /)")]
    fn free_tool_id(vm: &Vm, id: i32) -> PyResult<()> {
        let i = tool_id(vm, id)?;
        take_tool(vm, i, false);
        Ok(())
    }
    #[pyfunction("get_tool(tool_id, /)")]
    fn get_tool(vm: &Vm, id: i32) -> PyResult<Option<Obj>> {
        let i = tool_id(vm, id)?;
        Ok(state(vm).tools.borrow()[i].name.clone())
    }
    #[pyfunction("register_callback(tool_id, event, func, /)")]
    fn register_callback(vm: &Vm, id: i32, event: i32, func: Ref<'_>) -> PyResult<Option<Obj>> {
        let i = tool_id(vm, id)?;
        if event <= 0 || event.count_ones() != 1 {
            return Err(vm.value_error("The callback can only be set for one event at a time"));
        }
        let number = event.trailing_zeros();
        if number as usize >= EVENTS.len() {
            return Err(vm.value_error(format!("invalid event {event}")));
        }
        vm.audit("sys.monitoring.register_callback", &[func])?;
        let mut tools = state(vm).tools.borrow_mut();
        let callbacks = &mut tools[i].callbacks;
        let mut set = |number: u32| if func.is_none() { callbacks.remove(&number) } else { callbacks.insert(number, func.to_obj()) };
        if event as u32 == BRANCH {
            // The old event stands for both of its successors.
            let old = [set(BRANCH_SIDES.trailing_zeros()), set(BRANCH_SIDES.trailing_zeros() + 1)];
            drop(tools);
            return Ok(old.into_iter().flatten().next());
        }
        Ok(set(number))
    }
    #[pyfunction("get_events(tool_id, /)")]
    fn get_events(vm: &Vm, id: i32) -> PyResult<u32> {
        let i = tool_id(vm, id)?;
        Ok(state(vm).tools.borrow()[i].events)
    }
    #[pyfunction("set_events(tool_id, event_set, /)")]
    fn set_events(vm: &Vm, id: i32, events: i32) -> PyResult<()> {
        tool_id(vm, id)?;
        let set = checked_events(vm, events, false)?;
        let i = used_tool(vm, id)?;
        state(vm).tools.borrow_mut()[i].events = set;
        changed(vm);
        Ok(())
    }
    #[pyfunction("get_local_events(tool_id, code, /)")]
    fn get_local_events(vm: &Vm, id: i32, code: Ref<'_>) -> PyResult<u32> {
        let Some(code) = code.downcast::<PyCode>(vm) else { return Err(vm.type_error("code must be a code object")) };
        let i = tool_id(vm, id)?;
        let tools = state(vm).tools.borrow();
        let found = tools[i].local.iter().find(|(c, _)| std::ptr::eq::<PyCode>(&**c, code));
        Ok(found.map_or(0, |(_, e)| *e))
    }
    #[pyfunction("set_local_events(tool_id, code, event_set, /)")]
    fn set_local_events(vm: &Vm, id: i32, code: Ref<'_>, events: i32) -> PyResult<()> {
        let Some(code) = code.downcast::<PyCode>(vm) else { return Err(vm.type_error("code must be a code object")) };
        tool_id(vm, id)?;
        let set = checked_events(vm, events, true)?;
        let i = used_tool(vm, id)?;
        let old = {
            let mut tools = state(vm).tools.borrow_mut();
            let local = &mut tools[i].local;
            let at = local.iter().position(|(c, _)| std::ptr::eq::<PyCode>(&**c, code));
            let old = at.map(|at| local.swap_remove(at));
            if set != 0 {
                local.push((code.to_py(), set));
            }
            old
        };
        changed(vm);
        drop(old);
        Ok(())
    }
    #[pyfunction("restart_events()")]
    fn restart_events(vm: &Vm) {
        drop(state(vm).enable(|_| true));
    }
    #[pyfunction("_all_events()")]
    fn all_events(vm: &Vm) -> PyResult<Obj> {
        let dict = PyDict::new(vm);
        for (bit, name) in EVENTS.iter().enumerate() {
            let tools = state(vm).tools.borrow();
            let users: u32 = (0..TOOLS).filter(|t| tools[*t].events >> bit & 1 != 0).map(|t| 1 << t).sum();
            if users != 0 {
                dict.set_str(vm, &vm.intern(name), vm.int_i64(users.into()))?;
            }
        }
        Ok(dict.into_obj())
    }
    #[pyexec]
    fn exec(vm: &Vm, m: &PyModule) -> PyResult<()> {
        for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
            m.add(vm, name, Obj::small(id))?;
        }
        // Unique objects compared by identity.
        for name in ["DISABLE", "MISSING"] {
            let unique = vm.call0(vm.types.object.r())?;
            let slot = if name == "DISABLE" { &state(vm).disable } else { &state(vm).missing };
            drop(slot.replace(Some(unique.clone())));
            m.add(vm, name, unique)?;
        }
        let events = PyDict::new(vm);
        for (bit, name) in EVENTS.iter().enumerate() {
            events.set_str(vm, &vm.intern(name), Obj::small(1 << bit))?;
        }
        events.set_item_str(vm, "NO_EVENTS", Obj::small(0))?;
        let space = vm.call_ex(vm.types.simple_namespace.r(), &PyTuple::new(vm, vec![]), Some(&events))?;
        m.add(vm, "events", space)
    }
}
