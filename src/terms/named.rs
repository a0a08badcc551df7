//! Closed lists of names: every enum that a scenario may write as a word.

/// An enum whose values are written as fixed words in scenarios, tables and files.
pub trait Named: Copy + Eq + Sized + 'static {
    /// What the enum is called in messages, such as `regime`.
    const WHAT: &'static str;
    /// Every value, in canonical order.
    const ALL: &'static [Self];

    /// The word for this value.
    fn name(self) -> &'static str;

    /// The value that `word` names, if any.
    fn from_name(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.name() == word)
    }
}

/// Declares an enum with its words, its `Named` and `Display` implementations.
macro_rules! named {
    ($(#[$meta:meta])* $what:literal $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant,)+ }

        impl $crate::terms::Named for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &[$($name::$variant,)+];
            fn name(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::terms::Named::name(*self))
            }
        }
    };
}
pub(crate) use named;
