//! Compiles the pages. Fonts and translations go into the binary, so that it needs no file beside it;
//! element ids stay in, so that tests find controls by what assistive technology reads.

use slint_build::DefaultTranslationContext;

fn main() {
    let configuration = slint_build::CompilerConfiguration::new()
        .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles)
        .with_style("fluent-light".into())
        .with_debug_info(true)
        .with_default_translation_context(DefaultTranslationContext::None)
        .with_bundled_translations("lang");
    if let Err(error) = slint_build::compile_with_config("ui/panel.slint", configuration) {
        panic!("ui/panel.slint does not compile: {error}");
    }
}
