//! The modules that hand out codecs.

use krait_macros::pymodule;
use krait_object::native::ModuleDef;
use krait_object::prelude::*;

use super::classes::PyMultibyteCodec;
use super::codec::Kind;

/// Codecs by module.
static CODECS: &[(&str, &str, Kind)] = &[
    ("_codecs_cn", "gb2312", Kind::Gb2312),
    ("_codecs_cn", "gbk", Kind::Gbk),
    ("_codecs_cn", "gb18030", Kind::Gb18030),
    ("_codecs_cn", "hz", Kind::Hz),
    ("_codecs_hk", "big5hkscs", Kind::Big5Hkscs),
    ("_codecs_iso2022", "iso2022_jp", Kind::Iso2022Jp),
    ("_codecs_iso2022", "iso2022_jp_1", Kind::Iso2022JpExt),
    ("_codecs_iso2022", "iso2022_jp_ext", Kind::Iso2022JpExt),
    ("_codecs_iso2022", "iso2022_kr", Kind::Iso2022Kr),
    ("_codecs_jp", "shift_jis", Kind::ShiftJis),
    ("_codecs_jp", "cp932", Kind::Cp932),
    ("_codecs_jp", "euc_jp", Kind::EucJp),
    ("_codecs_kr", "euc_kr", Kind::EucKr),
    ("_codecs_kr", "cp949", Kind::Cp949),
    ("_codecs_tw", "big5", Kind::Big5),
    ("_codecs_tw", "cp950", Kind::Cp950),
];

fn getcodec(vm: &Vm, module: &str, name: Ref<'_>) -> PyResult<Obj> {
    let Some(n) = name.downcast::<PyStr>(vm) else {
        return Err(vm.type_error("encoding name must be a string."));
    };
    match CODECS.iter().find(|(m, c, _)| *m == module && n.eq_str(c)) {
        Some((_, name, kind)) => crate::util::alloc_native(vm, PyMultibyteCodec { header: crate::util::no_header(), kind: *kind, name }),
        None => Err(vm.lookup_error("no such codec is supported.")),
    }
}

macro_rules! codec_modules {
    ($($rust:ident $name:literal)*) => {
        $(
            #[pymodule($name)]
            pub mod $rust {
                use krait_object::prelude::*;
                #[pyfunction("getcodec(name, /)", nosig)]
                fn getcodec(vm: &Vm, name: Ref<'_>) -> PyResult<Obj> {
                    super::getcodec(vm, $name, name)
                }
            }
        )*
        /// The modules.
        pub fn modules() -> Vec<&'static ModuleDef> {
            vec![&multibytecodec::DEF, $(&$rust::DEF),*]
        }
    };
}
codec_modules! {
    cn "_codecs_cn"
    hk "_codecs_hk"
    iso2022 "_codecs_iso2022"
    jp "_codecs_jp"
    kr "_codecs_kr"
    tw "_codecs_tw"
}

#[pymodule(
    "_multibytecodec",
    classes(
        crate::multibyte::classes::incremental_encoder,
        crate::multibyte::classes::incremental_decoder,
        crate::multibyte::streams::stream_reader,
        crate::multibyte::streams::stream_writer,
    )
)]
pub mod multibytecodec {
    #[allow(unused_imports, reason = "for the generated code")]
    use krait_object::prelude::*;
}
