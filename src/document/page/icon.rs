//! What a tab of a browser shows: that something has failed is seen there without reading, and without colours.

/// The picture of a tab.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Icon {
    /// A disc with a hook.
    #[default]
    Plain,
    /// A triangle with a mark of exclamation.
    Failed,
}

impl Icon {
    /// Where it is, beside the pages.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Icon::Plain => "./_icon.svg",
            Icon::Failed => "./_icon_failed.svg",
        }
    }
}

/// That of a page with nothing failed on it.
pub const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"8\" fill=\"#1a7f3c\"/>\
     <path d=\"M4 8.5l3 3 5-6.5\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2\"/></svg>";

/// That of one where something failed.
pub const ICON_FAILED: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><path d=\"M8 0l8 16H0z\" fill=\"#d1242f\"/>\
     <path d=\"M8 5v5m0 2v2\" stroke=\"#fff\" stroke-width=\"2\"/></svg>";
