//! Labels above a plot, each with a leader down to its point, that never cover each other or a leader.

/// Where a label stands: rows are counted from the plot upwards.
///
/// A label starts at its point and runs to the right. One that would run over the point of a later label
/// stands above that label, so that its text crosses no leader and its leader, left of them all, no text.
pub(super) fn rows(points: &[f64], widths: &[f64], gap: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| points[*b].total_cmp(&points[*a]).then(b.cmp(a)));
    let mut rows = vec![0; points.len()];
    for (done, &i) in order.iter().enumerate() {
        let reach = points[i] + widths[i] + gap;
        rows[i] = order[..done]
            .iter()
            .filter(|j| points[**j] < reach)
            .map(|j| rows[*j] + 1)
            .max()
            .unwrap_or(0);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_apart_share_the_lowest_row() {
        assert_eq!(
            rows(&[0.0, 100.0, 200.0], &[50.0, 50.0, 50.0], 5.0),
            [0, 0, 0]
        );
    }

    #[test]
    fn a_label_over_a_later_point_stands_above_it() {
        assert_eq!(
            rows(&[0.0, 40.0, 45.0], &[50.0, 50.0, 50.0], 5.0),
            [2, 1, 0]
        );
    }

    #[test]
    fn no_text_crosses_a_leader() {
        let points = [0.0, 30.0, 31.0, 70.0, 160.0, 161.0, 220.0];
        let widths = [60.0, 45.0, 80.0, 20.0, 90.0, 30.0, 40.0];
        let rows = rows(&points, &widths, 4.0);
        for i in 0..points.len() {
            for j in 0..points.len() {
                let crossed = i != j
                    && points[j] > points[i]
                    && points[j] < points[i] + widths[i]
                    && rows[j] >= rows[i];
                assert!(!crossed, "leader {j} crosses label {i}");
            }
        }
    }
}
