//! Links the command at a fixed address where the platform lets us.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // At an address chosen at start, the tables of types and functions are relocated then: a
    // megabyte of relocations read and another of tables copied before `main`.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
