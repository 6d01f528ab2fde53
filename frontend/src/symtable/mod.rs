//! Symbol table: which scope every name of every block belongs to.
//!
//! [`build`] walks the tree once and records definitions and uses (`build.rs`), then resolves them
//! from the outside in (`analyze.rs`). Comprehensions that will be inlined stay scopes of their own:
//! their variables become hidden registers of the block around them.

mod analyze;
mod annotations;
mod build;
mod checks;
mod expr;

use std::rc::Rc;

use rustc_hash::FxHashMap;

pub use annotations::{annotated_params, has_annotations};
pub use build::{Analysis, build, default_kinds, generic_name};

/// A (mangled) name.
pub type Name = Rc<str>;

/// Index of a scope in the table.
pub type ScopeId = usize;

/// The kind of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// Module, expression or interactive input.
    Module,
    /// `def`, lambda, comprehension or generator expression.
    Function,
    /// Class body.
    Class,
    /// Body of an `__annotate__` function.
    Annotation,
    /// The type parameters of a generic function, class or alias.
    TypeParams,
    /// Bound, constraints or default of a type parameter.
    TypeVariable,
    /// Value of a `type` statement.
    TypeAlias,
}

impl ScopeKind {
    /// Whether the block's names live in registers.
    pub fn is_function_like(self) -> bool {
        !matches!(self, ScopeKind::Module | ScopeKind::Class)
    }
}

/// The kind of a comprehension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompKind {
    /// List comprehension.
    List,
    /// Set comprehension.
    Set,
    /// Dict comprehension.
    Dict,
    /// Generator expression.
    Generator,
}

/// Where a name lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The block's own variable.
    Local,
    /// The block's own variable, captured by an inner block.
    Cell,
    /// A variable of an enclosing function.
    Free,
    /// Declared `global`.
    GlobalExplicit,
    /// Not bound in any enclosing function.
    GlobalImplicit,
}

/// What is known of a name in one scope: a set of the `sym` bits.
pub type SymFlags = u16;

/// Bits of [`SymFlags`].
pub mod sym {
    /// `global` statement.
    pub const GLOBAL: u16 = 1;
    /// Assigned.
    pub const LOCAL: u16 = 2;
    /// Parameter.
    pub const PARAM: u16 = 4;
    /// `nonlocal` statement.
    pub const NONLOCAL: u16 = 8;
    /// Read.
    pub const USE: u16 = 16;
    /// Bound in a class and free in one of its functions.
    pub const FREE_CLASS: u16 = 64;
    /// Imported.
    pub const IMPORT: u16 = 128;
    /// Annotated.
    pub const ANNOT: u16 = 256;
    /// Comprehension iteration variable.
    pub const COMP_ITER: u16 = 512;
    /// Type parameter.
    pub const TYPE_PARAM: u16 = 1024;
    /// Target of an assignment expression (in this block or a comprehension in it).
    pub const WALRUS: u16 = 2048;
    /// Bound in this scope.
    pub const BOUND: u16 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// One name in one scope.
#[derive(Clone, Copy, Debug)]
pub struct Symbol {
    /// `sym` bits.
    pub flags: SymFlags,
    /// Where the name lives; final after analysis.
    pub place: Place,
}

/// One block.
#[derive(Debug)]
pub struct Scope {
    /// Kind of block.
    pub kind: ScopeKind,
    /// Name of the block.
    pub name: Name,
    /// Where its node begins in the source.
    pub offset: u32,
    /// The enclosing scope.
    pub parent: Option<ScopeId>,
    /// Inner scopes.
    pub children: Vec<ScopeId>,
    /// Names, in order of first appearance.
    pub order: Vec<Name>,
    /// What is known of each name.
    pub symbols: FxHashMap<Name, Symbol>,
    /// Parameters in register order.
    pub params: Vec<Name>,
    /// Inside a function.
    pub nested: bool,
    /// Contains `yield`.
    pub generator: bool,
    /// `async def`, or contains an asynchronous comprehension (for comprehensions).
    pub coroutine: bool,
    /// Is a comprehension.
    pub comp: Option<CompKind>,
    /// Is a comprehension compiled into the block around it.
    pub inlined: bool,
    /// Is an annotation scope directly in a class.
    pub can_see_class_scope: bool,
    /// A method uses `__class__` (or zero-argument `super`).
    pub needs_class_closure: bool,
    /// An annotation scope uses `__classdict__`.
    pub needs_classdict: bool,
    /// Some annotations may not be executed.
    pub has_conditional_annotations: bool,
    /// There is an annotated simple name (or any annotation) in the block.
    pub annotations_used: bool,
    /// A function directly in a class.
    pub method: bool,
    /// The block's own `__annotate__` block (modules and classes).
    pub annotation_block: Option<ScopeId>,
    /// For type parameter scopes of a class: its private-name prefix rules (see `build.rs`).
    pub mangled_names: Option<Vec<Name>>,
    /// What to call the block in "cannot be used within ..." errors.
    pub info: &'static str,
}

impl Scope {
    /// The symbol of a name, if the scope mentions it.
    pub fn get(&self, name: &str) -> Option<Symbol> {
        self.symbols.get(name).copied()
    }

    /// Where a name lives; unmentioned names are global.
    pub fn place(&self, name: &str) -> Place {
        self.symbols.get(name).map_or(Place::GlobalImplicit, |s| s.place)
    }

    /// Names living in the given place, sorted.
    pub fn sorted_names(&self, want: impl Fn(Symbol) -> bool) -> Vec<Name> {
        let mut names: Vec<Name> = self.symbols.iter().filter(|(_, s)| want(**s)).map(|(n, _)| n.clone()).collect();
        names.sort();
        names
    }
}

/// What of a node a scope belongs to: one node may own several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Its body.
    Body,
    /// Its annotations.
    Annotations,
    /// Its type parameters.
    TypeParams,
    /// A type parameter's bound.
    Bound,
    /// A type parameter's default.
    Default,
}

/// All scopes.
#[derive(Debug, Default)]
pub struct SymbolTable {
    /// The scopes; the first is the module's.
    pub scopes: Vec<Scope>,
    by_node: FxHashMap<(usize, Part), ScopeId>,
}

impl SymbolTable {
    /// The scope that belongs to a part of a node.
    pub fn scope_of<T>(&self, node: &T, part: Part) -> Option<ScopeId> {
        self.by_node.get(&(address(node), part)).copied()
    }
}

/// Nodes are told apart by where they are: the tree does not move while it is compiled.
fn address<T>(node: &T) -> usize {
    std::ptr::from_ref(node).addr()
}

/// Mangles a private name in class `class`.
pub fn mangle(class: Option<&str>, name: &str) -> Name {
    let Some(class) = class else {
        return name.into();
    };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.into();
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return name.into();
    }
    format!("_{class}{name}").into()
}
