//! Compiles the pages. Fonts go into the binary, so that it needs no file beside it;
//! element ids stay in, so that tests find controls by what assistive technology reads.

fn main() {
    let configuration = slint_build::CompilerConfiguration::new()
        .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles)
        .with_style("fluent-light".into())
        .with_debug_info(true);
    if let Err(error) = slint_build::compile_with_config("ui/panel.slint", configuration) {
        panic!("ui/panel.slint does not compile: {error}");
    }
}
