//! What must hold of a one-stop border post, with a reason and a remedy for each.

use crate::scenario::model::{
    Desk, Link, Post, Procedure, Reform, Servers, Site, desks_at, hosts_of,
};
use crate::terms::{AgencyId, PostKind, Regime, Role, SiteId, SiteKind};

/// The part of a post's table that a fault is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PostPart {
    /// Its name.
    Name,
    /// `between`.
    Between,
    /// `at`.
    At,
    /// `regime`.
    Regime,
    /// The pair of `pool` in this position.
    Pool(usize),
}

/// Something wrong with a post.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostFault {
    /// Where it is written.
    pub part: PostPart,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// All that is wrong with `post`; its sites and agencies are known.
pub fn post_faults(
    post: &Post,
    sites: &[Site],
    links: &[Link],
    procedures: &[Procedure],
    agency_name: &dyn Fn(usize) -> String,
) -> Vec<PostFault> {
    let mut faults: Vec<PostFault> = Vec::new();
    let mut note = |part, message: String, remedy: &str| {
        faults.push(PostFault {
            part,
            message,
            remedy: remedy.to_owned(),
        });
    };
    let name = |site: SiteId| sites[site.index()].name.as_str();
    let [a, b] = post.between;
    match post.at {
        Some(at) if !post.has(at) => note(
            PostPart::At,
            format!("`{}` is neither side of this post", name(at)),
            "name one of the two sites in `between`",
        ),
        Some(_) if post.kind == PostKind::Juxtaposed => note(
            PostPart::At,
            "a juxtaposed post does each direction at the side that is entered".to_owned(),
            "leave `at` out, or write kind = \"straddling\" or \"single_country\"",
        ),
        None if post.kind != PostKind::Juxtaposed => note(
            PostPart::Name,
            format!(
                "a {} post needs the side where it stands",
                post.kind.to_string().replace('_', "-")
            ),
            "add `at = \"...\"`, one of the two sites in `between`",
        ),
        _ => {}
    }
    if post.regime == Regime::Custom {
        note(
            PostPart::Regime,
            "a one-stop post cannot be custom: `after` names steps of one side's procedure"
                .to_owned(),
            "state the post's `regime`: serial, parallel or joint",
        );
    }
    for site in [a, b] {
        if sites[site.index()].kind != SiteKind::Border {
            let message = format!("`{}` is no border site", name(site));
            note(
                PostPart::Between,
                message,
                "a post unites two sites of kind \"border\"",
            );
        }
    }
    if sites[a.index()].country == sites[b.index()].country {
        let message = format!("`{}` and `{}` are of one country", name(a), name(b));
        note(
            PostPart::Between,
            message,
            "a post unites the two sides of a border",
        );
        return faults;
    }
    let joins = |link: &&Link| post.has(link.from) && post.has(link.to);
    if links.iter().find(joins).is_none() {
        let message = format!("no link joins `{}` and `{}`", name(a), name(b));
        note(
            PostPart::Between,
            message,
            "add the link across the border, or correct the sites",
        );
    }
    let ways = post.directions(0, sites);
    let enters = |site: SiteId| {
        let mut uses = sites[site.index()].procedures.iter();
        uses.any(|usage| usage.role == Role::Entry)
    };
    for link in links {
        let abroad = sites[link.from.index()].country != sites[link.to.index()].country;
        if !abroad || post.has(link.from) == post.has(link.to) {
            continue;
        }
        // Controls that are done at the other side cannot be met on the way to or from a third place; and where a site
        // clears what comes from there as entry, its exit controls and the other side's entry are no one stop.
        let missed = ways.iter().any(|way| {
            let leaves = link.from == way.exit && way.host != way.exit;
            let comes = link.to == way.entry && way.host != way.entry;
            leaves || comes || link.to == way.exit && way.host == way.exit && enters(way.exit)
        });
        if missed {
            let message = format!(
                "link `{}` goes between `{}` and `{}`, past the post that does their controls",
                link.name,
                name(link.from),
                name(link.to)
            );
            note(
                PostPart::Between,
                message,
                "give the other crossing a border site of its own, or let the post stand at that side",
            );
        }
    }
    if ways.is_empty() {
        note(
            PostPart::Between,
            "this post has nothing to unite".to_owned(),
            "in one direction at least, the one side needs an `exit` procedure and the other an `entry` procedure",
        );
    }
    let known = |at: usize| procedures.get(at).is_some();
    if !faults.is_empty()
        || ![a, b].iter().all(|s| {
            sites[s.index()]
                .procedures
                .iter()
                .all(|u| known(u.procedure.index()))
        })
    {
        return faults;
    }
    let mut note = |part, message: String, remedy: &str| {
        faults.push(PostFault {
            part,
            message,
            remedy: remedy.to_owned(),
        });
    };
    for way in &ways {
        for together in way.procedures(sites) {
            let both = [together.exit, together.entry];
            let steps: usize = both
                .iter()
                .flatten()
                .map(|p| procedures[p.index()].steps.len())
                .sum();
            if let ([Some(exit), Some(entry)], true) = (both, steps > 64) {
                let message = format!(
                    "procedures `{}` and `{}` have {steps} steps together; a stop has at most 64",
                    procedures[exit.index()].name,
                    procedures[entry.index()].name
                );
                note(
                    PostPart::Name,
                    message,
                    "join steps that the same desk does one after another",
                );
            }
        }
    }
    for home in [a, b] {
        for (at, desk) in sites[home.index()].desks.iter().enumerate() {
            let hosts = hosts_of(sites, procedures, &ways, home, at);
            let split = hosts.iter().find(|(_, host)| *host != hosts[0].1);
            if let (Some(other), false) = (split, desk.servers == Servers::Unlimited) {
                let does = |(role, host): &(Role, SiteId)| format!("{role} at `{}`", name(*host));
                let message = format!(
                    "desk `{}` of `{}` at `{}` would stand in two places: {} and {}",
                    desk.name,
                    agency_name(desk.agency.index()),
                    name(home),
                    does(&hosts[0]),
                    does(other)
                );
                note(
                    PostPart::Name,
                    message,
                    "give the steps of one of the two another `desk`",
                );
            }
        }
    }
    for (n, pair) in post.pool.iter().enumerate() {
        let twice = post.pool[..n]
            .iter()
            .any(|e| e[0] == pair[0] || e[1] == pair[1]);
        if twice {
            note(
                PostPart::Pool(n),
                "an agency is pooled with two of the other side".to_owned(),
                "keep one of the pairs",
            );
        }
        let mut common: Vec<(&Desk, &Desk)> = Vec::new();
        for host in [a, b] {
            let here = desks_at(sites, procedures, &ways, host);
            let of = |home: SiteId, agency| {
                here.iter()
                    .filter(move |(h, _)| *h == home)
                    .map(|&(h, d)| &sites[h.index()].desks[d])
                    .filter(move |desk| {
                        desk.agency == agency && matches!(desk.servers, Servers::Count(_))
                    })
            };
            for mine in of(a, pair[0]) {
                common.extend(
                    of(b, pair[1])
                        .filter(|d| d.name == mine.name)
                        .map(|d| (mine, d)),
                );
            }
        }
        for (mine, _) in common.iter().filter(|(mine, theirs)| !mine.joins(theirs)) {
            let message = format!(
                "desk `{}` of `{}` at `{}` and of `{}` at `{}` cannot be pooled: they interrupt work differently or have \
                 machines",
                mine.name,
                agency_name(pair[0].index()),
                name(a),
                agency_name(pair[1].index()),
                name(b)
            );
            note(
                PostPart::Pool(n),
                message,
                "give both the same discipline, classes, preemption and shift end, and no machines",
            );
        }
        if common.is_empty() {
            let message = format!(
                "`{}` of `{}` and `{}` of `{}` have no desk of one name at this post",
                agency_name(pair[0].index()),
                name(a),
                agency_name(pair[1].index()),
                name(b)
            );
            note(
                PostPart::Pool(n),
                message,
                "pooled desks bear the same name on both sides; set `desk` in their steps",
            );
        }
    }
    faults
}

/// The first pair of posts that share a site, by position.
pub fn overlapping(posts: &[Post]) -> Option<(usize, usize, SiteId)> {
    for (n, post) in posts.iter().enumerate() {
        for (m, earlier) in posts[..n].iter().enumerate() {
            if let Some(site) = post.between.iter().find(|s| earlier.has(**s)) {
                return Some((m, n, *site));
            }
        }
    }
    None
}

/// The first pooled agency that a reform merges into another: its post and the reform, by position. Whose queue it would
/// then stand in is not said.
pub fn pooled_and_merged(posts: &[Post], reforms: &[Reform]) -> Option<(usize, usize, AgencyId)> {
    for (n, post) in posts.iter().enumerate() {
        for (m, reform) in reforms.iter().enumerate() {
            for pair in &post.pool {
                for (agency, site) in pair.iter().zip(post.between) {
                    let merged = reform.merge.iter().skip(1).any(|other| other == agency);
                    if merged && reform.sites.contains(&site) {
                        return Some((n, m, *agency));
                    }
                }
            }
        }
    }
    None
}
