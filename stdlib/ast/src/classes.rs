//! The node classes, made from the grammar when the module is first imported.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use krait_object::prelude::*;

use crate::asdl::{Field, Many, Node, Sum, grammar};
use crate::node::PyAst;

/// The classes of an interpreter.
#[derive(Default)]
pub struct Classes {
    by_name: RefCell<HashMap<&'static str, &'static PyType>>,
    /// The shared instances of classes without fields.
    singletons: RefCell<HashMap<&'static str, Obj>>,
    order: RefCell<Vec<&'static str>>,
    ready: OnceCell<()>,
}

/// The classes; made on first use.
pub fn classes(vm: &Vm) -> PyResult<&'static Classes> {
    let c = vm.interp.state::<Classes>();
    if c.ready.get().is_none() {
        make_all(vm, c)?;
        let _ = c.ready.set(());
    }
    Ok(c)
}

impl Classes {
    /// A class by name.
    pub fn get(&self, vm: &Vm, name: &str) -> PyResult<&'static PyType> {
        match self.by_name.borrow().get(name) {
            Some(t) => Ok(*t),
            None => Err(vm.system_error(format!("no node class {name}"))),
        }
    }
    /// The instance that stands for an operator or context.
    pub fn singleton(&self, vm: &Vm, name: &str) -> PyResult<Obj> {
        match self.singletons.borrow().get(name) {
            Some(o) => Ok(o.clone()),
            None => Err(vm.system_error(format!("no node {name}"))),
        }
    }
    /// All classes in order.
    pub fn all(&self) -> Vec<(&'static str, &'static PyType)> {
        let map = self.by_name.borrow();
        self.order.borrow().iter().map(|n| (*n, map[n])).collect()
    }
}

fn make_all(vm: &Vm, c: &Classes) -> PyResult<()> {
    let sums = grammar();
    let base = PyAst::type_of(vm);
    for s in &sums {
        if s.product {
            make_class(vm, c, s.name, base.r(), Some(&s.nodes[0]), s, &product_doc(s))?;
            continue;
        }
        let parent = make_class(vm, c, s.name, base.r(), None, s, &sum_doc(s))?;
        for n in &s.nodes {
            make_class(vm, c, n.name, parent.r(), Some(n), s, n.text)?;
        }
    }
    for n in sums.iter().flat_map(|s| &s.nodes) {
        let types = field_types(vm, c, n)?;
        let ty = c.get(vm, n.name)?;
        vm.setattr(ty.r(), &vm.intern("_field_types"), types.r())?;
        vm.setattr(ty.r(), vm.names().__annotations__, types.r())?;
    }
    for s in sums.iter().filter(|s| ["expr_context", "boolop", "operator", "unaryop", "cmpop"].contains(&s.name)) {
        for n in &s.nodes {
            let o = vm.call0(c.get(vm, n.name)?.r())?;
            c.singletons.borrow_mut().insert(n.name, o);
        }
    }
    Ok(())
}

fn product_doc(s: &Sum) -> String {
    format!("{}{}", s.name, s.nodes[0].text)
}

fn sum_doc(s: &Sum) -> String {
    let parts: Vec<&str> = s.nodes.iter().map(|n| n.text).collect();
    let bare = s.nodes.iter().all(|n| n.fields.is_empty());
    let gap = format!("\n{}| ", " ".repeat(s.name.len() + 1));
    format!("{} = {}", s.name, parts.join(if bare { " | " } else { &gap }))
}

fn names_tuple(vm: &Vm, names: impl Iterator<Item = &'static str>) -> Obj {
    vm.tuple(names.map(|n| vm.intern(n).into_obj()).collect())
}

fn make_class(
    vm: &Vm,
    c: &Classes,
    name: &'static str,
    base: Ref<'_>,
    node: Option<&Node>,
    sum: &Sum,
    doc: &str,
) -> PyResult<&'static PyType> {
    let dict = PyDict::new(vm);
    dict.set_item_str(vm, "__module__", vm.str("ast"))?;
    dict.set_item_str(vm, "__doc__", vm.str(doc))?;
    let fields: &[Field] = node.map_or(&[], |n| &n.fields);
    let names = names_tuple(vm, fields.iter().map(|f| f.name));
    dict.set_item_str(vm, "_fields", names.clone())?;
    dict.set_item_str(vm, "__match_args__", names)?;
    for f in fields.iter().filter(|f| f.many == Many::Optional) {
        dict.set_item_str(vm, f.name, Obj::none())?;
    }
    if node.is_none() || sum.product {
        dict.set_item_str(vm, "_attributes", names_tuple(vm, sum.attributes.iter().map(|a| a.0)))?;
        for (a, _) in sum.attributes.iter().filter(|a| a.1 == Many::Optional) {
            dict.set_item_str(vm, a, Obj::none())?;
        }
    }
    let bases = vm.tuple(vec![base.to_obj()]);
    let made = vm.call(vm.types.r#type.r(), &[vm.str(name).r(), bases.r(), dict.r()])?;
    let Ok(ty) = made.downcast::<PyType>(vm) else { return Err(vm.system_error("type() made no type")) };
    // SAFETY: the reference is never given back, so the class lives as long as the process.
    let ty: &'static PyType = unsafe { &*ty.into_ptr() };
    c.by_name.borrow_mut().insert(name, ty);
    c.order.borrow_mut().push(name);
    Ok(ty)
}

/// `_field_types`: what `ast` and `AST.__init__` go by.
fn field_types(vm: &Vm, c: &Classes, n: &Node) -> PyResult<Obj> {
    let d = PyDict::new(vm);
    for f in &n.fields {
        let one = match f.ty {
            "identifier" | "string" => vm.types.str.to_obj(),
            "int" => vm.types.int.to_obj(),
            "constant" => vm.types.object.to_obj(),
            other => c.get(vm, other)?.to_obj(),
        };
        let ty = match f.many {
            Many::One => one,
            Many::Optional => vm.binary(krait_object::protocol::number::BinOp::Or, one.r(), vm.none())?,
            Many::List => krait_object::protocol::generic_alias(vm, vm.types.list.r(), one.r())?,
        };
        d.set_item_str(vm, f.name, ty)?;
    }
    Ok(d.into_obj())
}
