//! Sensitivity: how much of an answer rests on each factor.

mod morris;
mod sobol;

pub use morris::{Elementary, MorrisDesign};
pub use sobol::{SobolDesign, SobolIndex, SobolIndices};

#[cfg(test)]
pub(crate) mod functions {
    //! Test functions whose indices are known.

    use std::f64::consts::PI;

    /// Ishigami and Homma (1990), a = 7, b = 0.1, over [0, 1)^3 stretched to [-pi, pi).
    pub fn ishigami(u: &[f64]) -> f64 {
        let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    }

    /// Its first-order and total indices, from the decomposition of its variance (Saltelli et al., Global Sensitivity Analysis:
    /// The Primer (2008), section 4.5).
    pub fn ishigami_indices() -> [(f64, f64); 3] {
        let (a, b) = (7.0, 0.1);
        let first = 0.5 * (1.0 + b * PI.powi(4) / 5.0f64).powi(2);
        let second: f64 = a * a / 8.0;
        let both = 8.0 * b * b * PI.powi(8) / 225.0;
        let whole = first + second + both;
        [
            (first / whole, (first + both) / whole),
            (second / whole, second / whole),
            (0.0, both / whole),
        ]
    }

    /// Sobol's g-function with these coefficients.
    pub const G: [f64; 6] = [0.0, 0.5, 3.0, 9.0, 99.0, 99.0];

    /// The product of (|4 u_i - 2| + a_i)/(1 + a_i).
    pub fn g(u: &[f64]) -> f64 {
        u.iter()
            .zip(G)
            .map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a))
            .product()
    }

    /// Its indices: V_i = 1/(3 (1 + a_i)²), V = product of (1 + V_i) - 1.
    pub fn g_indices() -> Vec<(f64, f64)> {
        let parts: Vec<f64> = G
            .iter()
            .map(|a| 1.0 / (3.0 * (1.0 + a) * (1.0 + a)))
            .collect();
        let product: f64 = parts.iter().map(|v| 1.0 + v).product();
        let whole = product - 1.0;
        parts
            .iter()
            .map(|v| (v / whole, v * product / (1.0 + v) / whole))
            .collect()
    }
}
