//! Name resolution: from the outside in, then free variables from the inside out.

use rustc_hash::{FxHashMap, FxHashSet};

use super::build::Builder;
use super::{CompKind, Name, Place, ScopeId, ScopeKind, Symbol, sym};
use crate::errors::SyntaxError;

type Names = FxHashSet<Name>;

/// Names that a class body binds for its functions.
const CLASS_CELLS: [&str; 3] = ["__class__", "__classdict__", "__conditional_annotations__"];

impl Builder<'_> {
    /// Resolves all names of all scopes.
    pub(super) fn analyze(&mut self) -> Result<(), Box<SyntaxError>> {
        let mut free = Names::default();
        let mut global = Names::default();
        let mut type_params = Names::default();
        self.block(0, None, &mut free, &mut global, &mut type_params, None)
    }

    fn block(
        &mut self,
        id: ScopeId,
        mut bound: Option<&mut Names>,
        free: &mut Names,
        global: &mut Names,
        type_params: &mut Names,
        class: Option<ScopeId>,
    ) -> Result<(), Box<SyntaxError>> {
        self.guard(crate::parse::source::Span::NONE)?;
        let kind = self.table.scopes[id].kind;
        let mut new_bound = Names::default();
        let mut new_global = Names::default();
        let mut new_free = Names::default();
        let mut local = Names::default();
        let mut places: FxHashMap<Name, Place> = FxHashMap::default();

        // A class's own names are not visible in its functions: pass on what came from outside.
        if kind == ScopeKind::Class {
            new_global.extend(global.iter().cloned());
            if let Some(b) = &bound {
                new_bound.extend(b.iter().cloned());
            }
        }
        for i in 0..self.table.scopes[id].order.len() {
            let name = self.table.scopes[id].order[i].clone();
            let place = self.name_place(id, &name, &mut bound, &mut local, free, global, type_params, class)?;
            places.insert(name, place);
        }
        if kind == ScopeKind::Class {
            new_bound.extend(CLASS_CELLS.iter().map(|n| Name::from(*n)));
        } else {
            if kind.is_function_like() {
                new_bound.extend(local.iter().cloned());
            }
            if let Some(b) = &bound {
                new_bound.extend(b.iter().cloned());
            }
            new_global.extend(global.iter().cloned());
        }

        for i in 0..self.table.scopes[id].children.len() {
            let child = self.table.scopes[id].children[i];
            let child_class =
                if self.table.scopes[child].can_see_class_scope { if kind == ScopeKind::Class { Some(id) } else { class } } else { None };
            let inline =
                matches!(self.table.scopes[child].comp, Some(k) if k != CompKind::Generator) && !self.table.scopes[id].can_see_class_scope;
            let mut child_bound = new_bound.clone();
            let mut child_global = new_global.clone();
            let mut child_params = type_params.clone();
            let mut child_free = Names::default();
            self.block(child, Some(&mut child_bound), &mut child_free, &mut child_global, &mut child_params, child_class)?;
            if inline {
                self.inline(id, child, &mut child_free);
            }
            new_free.extend(child_free);
        }

        if kind.is_function_like() {
            for (name, place) in &mut places {
                if *place == Place::Local && new_free.remove(name) {
                    *place = Place::Cell;
                }
            }
        } else if kind == ScopeKind::Class {
            let scope = &mut self.table.scopes[id];
            scope.needs_class_closure |= new_free.remove(CLASS_CELLS[0]);
            scope.needs_classdict |= new_free.remove(CLASS_CELLS[1]);
            scope.has_conditional_annotations |= new_free.remove(CLASS_CELLS[2]);
        }
        self.update(id, &places, bound.as_deref(), &new_free);
        free.extend(new_free);
        Ok(())
    }

    fn name_place(
        &self,
        id: ScopeId,
        name: &Name,
        bound: &mut Option<&mut Names>,
        local: &mut Names,
        free: &mut Names,
        global: &mut Names,
        type_params: &mut Names,
        class: Option<ScopeId>,
    ) -> Result<Place, Box<SyntaxError>> {
        let flags = self.table.scopes[id].symbols[name].flags;
        if flags & sym::GLOBAL != 0 {
            if flags & sym::NONLOCAL != 0 {
                return Err(self.directive_error(id, name, format!("name '{name}' is nonlocal and global")));
            }
            global.insert(name.clone());
            if let Some(b) = bound {
                b.remove(name);
            }
            return Ok(Place::GlobalExplicit);
        }
        if flags & sym::NONLOCAL != 0 {
            let Some(b) = bound else {
                return Err(self.directive_error(id, name, "nonlocal declaration not allowed at module level".into()));
            };
            if !b.contains(name) {
                return Err(self.directive_error(id, name, format!("no binding for nonlocal '{name}' found")));
            }
            if type_params.contains(name) {
                return Err(self.directive_error(id, name, format!("nonlocal binding not allowed for type parameter '{name}'")));
            }
            free.insert(name.clone());
            return Ok(Place::Free);
        }
        if flags & sym::BOUND != 0 {
            local.insert(name.clone());
            global.remove(name);
            if flags & sym::TYPE_PARAM != 0 {
                type_params.insert(name.clone());
            } else {
                type_params.remove(name);
            }
            return Ok(Place::Local);
        }
        // A name bound in the class just outside is looked up in the class, then in the globals:
        // functions around the class do not count.
        if let Some(class) = class
            && let Some(s) = self.table.scopes[class].get(name)
        {
            if s.flags & sym::GLOBAL != 0 {
                return Ok(Place::GlobalExplicit);
            }
            if s.flags & sym::BOUND != 0 && s.flags & sym::NONLOCAL == 0 {
                return Ok(Place::GlobalImplicit);
            }
        }
        if bound.as_ref().is_some_and(|b| b.contains(name)) {
            free.insert(name.clone());
            return Ok(Place::Free);
        }
        Ok(Place::GlobalImplicit)
    }

    /// A comprehension becomes part of its block: what is free in it and bound in the block needs no
    /// cell, unless a function inside captures it.
    fn inline(&mut self, id: ScopeId, comp: ScopeId, comp_free: &mut Names) {
        self.table.scopes[comp].inlined = true;
        if self.table.scopes[id].kind == ScopeKind::Class {
            // A class's own cells are not visible in its comprehensions.
            for name in CLASS_CELLS {
                if comp_free.contains(name) && !self.free_in_functions(comp, name) {
                    comp_free.remove(name);
                    if let Some(s) = self.table.scopes[comp].symbols.get_mut(name) {
                        s.place = Place::GlobalImplicit;
                    }
                }
            }
            return;
        }
        let names: Vec<Name> = comp_free.iter().cloned().collect();
        for name in names {
            let bound_here = self.table.scopes[id].get(&name).is_some_and(|s| s.flags & sym::BOUND != 0);
            if bound_here && !self.free_in_functions(comp, &name) {
                comp_free.remove(&name);
            }
        }
    }

    /// Whether a function inside the comprehension has the name as a free variable.
    fn free_in_functions(&self, comp: ScopeId, name: &str) -> bool {
        self.table.scopes[comp].children.iter().any(|&child| {
            let scope = &self.table.scopes[child];
            let free = scope.get(name).is_some_and(|s| s.place == Place::Free || s.flags & sym::FREE_CLASS != 0);
            free && (!scope.inlined || self.free_in_functions(child, name))
        })
    }

    fn update(&mut self, id: ScopeId, places: &FxHashMap<Name, Place>, bound: Option<&Names>, free: &Names) {
        let scope = &mut self.table.scopes[id];
        for (name, place) in places {
            if let Some(s) = scope.symbols.get_mut(name) {
                s.place = *place;
            }
        }
        let class_like = scope.kind == ScopeKind::Class || scope.can_see_class_scope;
        let mut free: Vec<&Name> = free.iter().collect();
        free.sort();
        for name in free {
            if let Some(s) = scope.symbols.get_mut(name) {
                if class_like {
                    s.flags |= sym::FREE_CLASS;
                }
                continue;
            }
            if bound.is_some_and(|b| !b.contains(name)) {
                continue;
            }
            scope.order.push(name.clone());
            scope.symbols.insert(name.clone(), Symbol { flags: 0, place: Place::Free });
        }
    }
}
