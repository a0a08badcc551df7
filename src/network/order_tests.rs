//! What each regime means, as precedence of steps.

use super::*;
use crate::random::LawSpec;
use crate::terms::{ChannelShares, OfficersHeld, Unit};
use crate::time::Span;
use proptest::prelude::*;

const CUSTOMS: u16 = 0;
const QUARANTINE: u16 = 1;
const POLICE: u16 = 2;

use StepKind::{Declaration, Documents, Handling, Pay, Physical, PickUp, Prepare, Scan, WaitFor};

fn step(kind: StepKind, agency: u16) -> Step {
    Step {
        name: format!("{kind}-{agency}"),
        title: String::new(),
        agency: AgencyId(agency),
        kind,
        service: LawSpec::Constant(1.0),
        setup: None,
        shares: ChannelShares::all(1.0),
        unit: Unit::Consignment,
        desk: "desk".into(),
        pre_arrival: false,
        recognisable: Vec::new(),
        audit_share: 0.1,
        assisted_share: None,
        assisted_service: None,
        apart: false,
        deferred_for_aeo: false,
        hand_over: Span::ZERO,
        after: Vec::new(),
        fee: 0.0,
        takes: Vec::new(),
        gives: Vec::new(),
        prevalence_detection: None,
        papers: Default::default(),
    }
}

fn procedure(steps: Vec<Step>) -> Procedure {
    Procedure {
        name: "entry".into(),
        regime: None,
        steps,
        channels: ChannelShares {
            green: 1.0,
            yellow: 0.0,
            red: 0.0,
            blue: 0.0,
        },
        overlap: 0.45,
        aeo_factor: 0.5,
        officers_held: OfficersHeld::Longest,
        correlation: 0.0,
    }
}

fn listed(steps: &[(StepKind, u16)]) -> Procedure {
    procedure(
        steps
            .iter()
            .map(|&(kind, agency)| step(kind, agency))
            .collect(),
    )
}

fn unmerged(agency: AgencyId) -> AgencyId {
    agency
}

/// Customs and quarantine in one (China, 2018-04-20).
fn merged(agency: AgencyId) -> AgencyId {
    if agency.0 == QUARANTINE {
        AgencyId(CUSTOMS)
    } else {
        agency
    }
}

fn compile(steps: &[(StepKind, u16)], regime: Regime) -> Order {
    Order::compile(&listed(steps), regime, unmerged)
}

fn mask(steps: &[usize]) -> u64 {
    steps.iter().fold(0, |mask, s| mask | 1 << s)
}

/// Two agencies, each with its declaration, documents and examination.
const TWO_AGENCIES: [(StepKind, u16); 6] = [
    (Declaration, CUSTOMS),
    (Documents, CUSTOMS),
    (Physical, CUSTOMS),
    (Declaration, QUARANTINE),
    (Documents, QUARANTINE),
    (Physical, QUARANTINE),
];

#[test]
fn serial_is_a_tandem_with_a_declaration_for_each_agency() {
    let order = compile(&TWO_AGENCIES, Regime::Serial);
    let before: Vec<u64> = (0..6).map(|s| (1 << s) - 1).collect();
    assert_eq!(order.before, before);
    assert_eq!(order.made, 0b11_1111);
    assert_eq!(order.joint, [0; 6]);
}

#[test]
fn parallel_has_one_declaration_then_all_documents_at_once() {
    let order = compile(&TWO_AGENCIES, Regime::Parallel);
    assert_eq!(
        order.made, 0b11_0111,
        "the second declaration is saved, nothing else"
    );
    assert_eq!(order.before[1], mask(&[0]));
    // The saved declaration stands in the mask, but no visit ever has it to do.
    assert_eq!(order.before[4] & order.made, mask(&[0]));
    assert_eq!(order.before[4] & mask(&[1, 2]), 0, "not the other agency's");
}

#[test]
fn parallel_examines_the_cargo_once_the_own_documents_are_in() {
    let order = compile(&TWO_AGENCIES, Regime::Parallel);
    assert_eq!(order.before[2], mask(&[0, 1]));
    assert_eq!(order.before[5] & order.made, mask(&[0, 4]));
    assert_eq!(
        order.joint, [0; 6],
        "physical steps take turns: no order among them, no joint visit"
    );
}

#[test]
fn joint_is_parallel_with_the_physical_steps_in_one_visit() {
    let (parallel, joint) = (
        compile(&TWO_AGENCIES, Regime::Parallel),
        compile(&TWO_AGENCIES, Regime::Joint),
    );
    assert_eq!(joint.before, parallel.before);
    assert_eq!(joint.made, parallel.made);
    let visit = mask(&[2, 5]);
    assert_eq!(joint.joint, [0, 0, visit, 0, 0, visit]);
}

#[test]
fn a_single_physical_step_is_no_joint_visit_and_scans_stand_alone() {
    let order = compile(
        &[(Scan, CUSTOMS), (Physical, CUSTOMS), (Scan, POLICE)],
        Regime::Joint,
    );
    assert_eq!(order.joint, [0, 0, 0]);
}

#[test]
fn handling_divides_joint_visits() {
    // Examined before the gauge change by two agencies, after it by two more.
    let order = compile(
        &[
            (Physical, CUSTOMS),
            (Scan, CUSTOMS),
            (Physical, QUARANTINE),
            (Handling, POLICE),
            (Physical, CUSTOMS),
            (Physical, POLICE),
        ],
        Regime::Joint,
    );
    let (first, second) = (mask(&[0, 2]), mask(&[4, 5]));
    assert_eq!(order.joint, [first, 0, first, 0, second, second]);
    assert_eq!(
        order.before[4],
        mask(&[0, 1, 2, 3]),
        "the gauge change waits for the first visit, the second visit for the gauge change"
    );
}

#[test]
fn handling_before_the_first_control_of_the_cargo_waits_for_no_paper() {
    for regime in [Regime::Parallel, Regime::Joint] {
        let order = compile(
            &[
                (WaitFor, POLICE),
                (Declaration, CUSTOMS),
                (Documents, CUSTOMS),
                (Handling, POLICE),
                (Physical, CUSTOMS),
            ],
            regime,
        );
        assert_eq!(
            order.before[3],
            mask(&[0]),
            "{regime}: only the cargo's wait"
        );
        assert_eq!(
            order.before[2],
            mask(&[1]),
            "{regime}: papers do not wait for the cargo"
        );
        assert_eq!(order.before[4], mask(&[0, 1, 2, 3]), "{regime}");
    }
}

#[test]
fn handling_after_a_control_of_the_cargo_waits_for_everything_listed_before() {
    for regime in [Regime::Parallel, Regime::Joint] {
        for last in [Handling, WaitFor, PickUp] {
            let order = compile(
                &[
                    (Declaration, CUSTOMS),
                    (Documents, CUSTOMS),
                    (Scan, CUSTOMS),
                    (Documents, QUARANTINE),
                    (Pay, CUSTOMS),
                    (last, POLICE),
                ],
                regime,
            );
            assert_eq!(order.before[5], 0b1_1111, "{regime}, {last}");
        }
    }
}

#[test]
fn duties_are_paid_when_the_documents_are_in_beside_the_examination() {
    let order = compile(
        &[
            (Declaration, CUSTOMS),
            (Documents, CUSTOMS),
            (Documents, QUARANTINE),
            (Physical, CUSTOMS),
            (Pay, CUSTOMS),
        ],
        Regime::Parallel,
    );
    assert_eq!(order.before[4], mask(&[0, 1, 2]));
    assert_eq!(order.before[3] & mask(&[4]), 0);
}

#[test]
fn preparation_and_declaration_follow_each_other_in_every_regime() {
    for regime in [Regime::Serial, Regime::Parallel, Regime::Joint] {
        let order = compile(
            &[
                (Prepare, CUSTOMS),
                (Prepare, QUARANTINE),
                (Declaration, CUSTOMS),
                (Documents, CUSTOMS),
            ],
            regime,
        );
        assert_eq!(order.before, [0, 0b1, 0b11, 0b111], "{regime}");
    }
}

#[test]
fn custom_is_what_after_says_and_its_consequences() {
    let mut steps: Vec<Step> = [
        (Documents, CUSTOMS),
        (Documents, QUARANTINE),
        (Physical, CUSTOMS),
        (PickUp, POLICE),
    ]
    .map(|(kind, agency)| step(kind, agency))
    .into();
    // Any acyclic order, also against the list: 3 -> 1 -> 0.
    steps[0].after = vec![1];
    steps[1].after = vec![3];
    let order = Order::compile(&procedure(steps), Regime::Custom, unmerged);
    assert_eq!(order.before, [mask(&[1, 3]), mask(&[3]), 0, 0]);
    assert_eq!(order.made, 0b1111, "custom saves no declaration");
}

#[test]
fn merged_agencies_take_one_declaration_even_in_serial() {
    let order = Order::compile(&listed(&TWO_AGENCIES), Regime::Serial, merged);
    assert_eq!(order.made, 0b11_0111);
    assert_eq!(order.before[5], 0b1_1111, "all else stays a tandem");
}

#[test]
fn an_examination_waits_for_the_documents_of_its_whole_merged_agency() {
    let steps = [
        (Declaration, CUSTOMS),
        (Documents, CUSTOMS),
        (Documents, QUARANTINE),
        (Physical, CUSTOMS),
    ];
    let before = |merged: fn(AgencyId) -> AgencyId| {
        Order::compile(&listed(&steps), Regime::Parallel, merged).before[3]
    };
    assert_eq!(before(unmerged), mask(&[0, 1]));
    assert_eq!(before(merged), mask(&[0, 1, 2]));
}

#[test]
fn an_examination_without_documents_waits_for_the_declaration_to_its_agency() {
    let steps = [
        (Declaration, CUSTOMS),
        (Scan, CUSTOMS),
        (Scan, POLICE),
        (Declaration, QUARANTINE),
        (Physical, QUARANTINE),
    ];
    let order = compile(&steps, Regime::Parallel);
    let of = |s: usize| order.before[s] & order.made;
    assert_eq!([of(1), of(2), of(4)], [mask(&[0]), 0, mask(&[0])]);
}

#[test]
fn files_are_carried_between_agencies_in_serial_only() {
    let handed_over = |regime, merged: fn(AgencyId) -> AgencyId| {
        // A declaration is the trader's: the file of customs goes to quarantine all the same.
        let mut procedure = listed(&[
            (Documents, CUSTOMS),
            (Physical, CUSTOMS),
            (Declaration, QUARANTINE),
            (Documents, QUARANTINE),
            (Documents, POLICE),
        ]);
        for step in &mut procedure.steps {
            let carried = step.kind != Declaration;
            step.hand_over = Span::from_ms(carried.into());
        }
        Order::compile(&procedure, regime, merged).handed_over
    };
    // Nothing is carried to the first desk, nor between desks of one agency.
    assert_eq!(handed_over(Regime::Serial, unmerged), mask(&[3, 4]));
    assert_eq!(handed_over(Regime::Serial, merged), mask(&[4]));
    for regime in [Regime::Parallel, Regime::Joint, Regime::Custom] {
        assert_eq!(handed_over(regime, unmerged), 0, "{regime}");
    }
}

const KINDS: [StepKind; 9] = [
    Declaration,
    Documents,
    Scan,
    Physical,
    Handling,
    Prepare,
    Pay,
    WaitFor,
    PickUp,
];

prop_compose! {
    /// Any procedure; `after` names earlier steps only, so that custom is acyclic as loading requires.
    fn any_procedure()(
        steps in proptest::collection::vec((0..KINDS.len(), 0u16..4, any::<u64>()), 1..20)
    ) -> Procedure {
        let steps = steps.into_iter().enumerate().map(|(s, (kind, agency, after))| Step {
            after: (0..s).filter(|e| after >> e & 1 == 1).collect(),
            ..step(KINDS[kind], agency)
        });
        procedure(steps.collect())
    }
}

proptest! {
    #[test]
    fn precedence_is_acyclic_and_transitive_for_any_procedure(procedure in any_procedure(), merge: bool) {
        let agencies = if merge { merged } else { unmerged };
        for &regime in <Regime as crate::terms::Named>::ALL {
            let order = Order::compile(&procedure, regime, agencies);
            for (s, before) in order.before.iter().enumerate() {
                prop_assert_eq!(before & bit(s), 0, "{} before itself under {}", s, regime);
                for (e, earlier) in order.before.iter().enumerate() {
                    if before & bit(e) != 0 {
                        prop_assert_eq!(earlier & !before, 0, "{} < {} under {}", e, s, regime);
                    }
                }
            }
        }
    }

    #[test]
    fn serial_is_total_and_no_regime_adds_to_it(procedure in any_procedure()) {
        let serial = Order::compile(&procedure, Regime::Serial, unmerged);
        for (s, before) in serial.before.iter().enumerate() {
            prop_assert_eq!(*before, bit(s) - 1);
        }
        for regime in [Regime::Parallel, Regime::Joint] {
            let order = Order::compile(&procedure, regime, unmerged);
            prop_assert_eq!(order.made & !serial.made, 0, "{} makes what serial saves", regime);
            for (mine, total) in order.before.iter().zip(&serial.before) {
                prop_assert_eq!(mine & !total, 0, "{} waits for what is listed later", regime);
            }
        }
    }

    #[test]
    fn steps_of_a_joint_visit_never_wait_for_each_other(procedure in any_procedure()) {
        let order = Order::compile(&procedure, Regime::Joint, unmerged);
        for (s, visit) in order.joint.iter().enumerate() {
            prop_assert_eq!(order.before[s] & visit, 0);
            prop_assert!(*visit == 0 || visit & bit(s) != 0 && visit.count_ones() > 1);
        }
    }
}
