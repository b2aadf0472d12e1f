//! Load of three kinds: each client once, as fast as answers come, and at a rate that does not wait.

use core::fmt;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use crate::crowd::{Crowd, Got};
use crate::exchange::{Connection, Dialler, Target, Way};

/// Who asks whom.
pub(crate) struct Load {
    pub(crate) target: Target,
    pub(crate) crowd: Arc<Crowd>,
}

/// One line of the table.
pub(crate) struct Row {
    name: &'static str,
    pub(crate) per_second: f64,
    milliseconds: [f64; 4],
    busy: u64,
    failed: u64,
}

impl Row {
    pub(crate) const HEADER: &'static str = "\
| Load | Replies a second | p50 ms | p90 ms | p99 ms | Longest ms | Busy | Failed |
|---|---|---|---|---|---|---|---|";
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p90, p99, longest] = self.milliseconds;
        let Self { name, per_second, busy, failed, .. } = self;
        write!(f, "| {name} | {per_second:.0} | {p50:.1} | {p90:.1} | {p99:.1} | {longest:.1} | {busy} | {failed} |")
    }
}

/// What is counted while requests run.
#[derive(Default)]
struct Count {
    busy: AtomicU64,
    failed: AtomicU64,
}

impl Count {
    fn row(&self, name: &'static str, mut times: Vec<f64>, took: Duration) -> Row {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(f64::NAN);
        Row {
            name,
            per_second: times.len() as f64 / took.as_secs_f64(),
            milliseconds: [at(0.5), at(0.9), at(0.99), at(1.0)],
            busy: self.busy.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    /// One request of a client; gives whether a licence came.
    async fn ask(&self, crowd: &Crowd, connection: &mut Connection, client: usize) -> bool {
        let asked = crowd.ask(client);
        match connection.ask(&asked.body).await.map(|body| crowd.take(&asked, &body)) {
            Ok(Got::Licensed) => return true,
            Ok(Got::Busy(_)) => self.busy.fetch_add(1, Ordering::Relaxed),
            Ok(Got::Other) | Err(_) => self.failed.fetch_add(1, Ordering::Relaxed),
        };
        false
    }
}

/// The next client to ask; `None` ends a worker.
type Next = Arc<dyn Fn() -> Option<usize> + Send + Sync>;

/// Asks for one client after the other, and gives the time that each answer took in milliseconds.
async fn work(crowd: Arc<Crowd>, dialler: Dialler, count: Arc<Count>, next: Next) -> Vec<f64> {
    let mut times = Vec::new();
    let mut kept: Option<Connection> = None;
    while let Some(client) = next() {
        let begin = Instant::now();
        let connection = match kept.take() {
            Some(connection) => Ok(connection),
            None => dialler.connect().await,
        };
        let Ok(mut connection) = connection else {
            count.failed.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        if count.ask(&crowd, &mut connection, client).await {
            times.push(milliseconds_since(begin));
            kept = connection.is_open().then_some(connection);
        }
    }
    times
}

fn milliseconds_since(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1_000.0
}

impl Load {
    fn dialler(&self, way: Way) -> Dialler {
        Dialler::new(&self.target, way)
    }

    async fn with_workers(&self, name: &'static str, way: Way, workers: usize, next: Next) -> Row {
        let (begin, count, dialler) = (Instant::now(), Arc::new(Count::default()), self.dialler(way));
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            tasks.spawn(work(Arc::clone(&self.crowd), dialler.clone(), Arc::clone(&count), Arc::clone(&next)));
        }
        let times = tasks.join_all().await.concat();
        count.row(name, times, begin.elapsed())
    }

    /// Each client once, so many at a time.
    pub(crate) async fn each_once(&self, name: &'static str, way: Way, at_once: usize) -> Row {
        let (next, clients) = (AtomicUsize::new(0), self.crowd.len());
        let next = move || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|client| *client < clients);
        self.with_workers(name, way, at_once, Arc::new(next)).await
    }

    /// So many at a time, each again when its answer came.
    pub(crate) async fn closed(&self, name: &'static str, way: Way, at_once: usize, time: Duration) -> Row {
        let (begin, crowd) = (Instant::now(), Arc::clone(&self.crowd));
        let next = move || (begin.elapsed() < time).then(|| crowd.next());
        self.with_workers(name, way, at_once, Arc::new(next)).await
    }

    /// So many a second, whether answers came or not: times count from when a request was due.
    pub(crate) async fn open(&self, name: &'static str, way: Way, per_second: f64, time: Duration) -> Row {
        let (begin, count, dialler) = (Instant::now(), Arc::new(Count::default()), self.dialler(way));
        let mut tasks = JoinSet::new();
        let mut due_s = 0.0;
        while due_s < time.as_secs_f64() {
            let due = begin + Duration::from_secs_f64(due_s);
            tokio::time::sleep_until(due.into()).await;
            let (crowd, dialler, count) = (Arc::clone(&self.crowd), dialler.clone(), Arc::clone(&count));
            tasks.spawn(async move {
                let Ok(mut connection) = dialler.connect().await else {
                    count.failed.fetch_add(1, Ordering::Relaxed);
                    return None;
                };
                let client = crowd.next();
                count.ask(&crowd, &mut connection, client).await.then(|| milliseconds_since(due))
            });
            due_s += 1.0 / per_second;
        }
        let times = tasks.join_all().await.into_iter().flatten().collect();
        count.row(name, times, begin.elapsed())
    }

    /// All clients in the same instant; who is told that the server is busy comes again when it was
    /// told to. Prints how many were answered after each second.
    pub(crate) async fn power_cut(&self) {
        let (begin, dialler) = (Instant::now(), self.dialler(Way::Plain));
        let busy = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for client in 0..self.crowd.len() {
            let (crowd, dialler, busy) = (Arc::clone(&self.crowd), dialler.clone(), Arc::clone(&busy));
            tasks.spawn(async move {
                loop {
                    let asked = crowd.ask(client);
                    let answer = match dialler.connect().await {
                        Ok(mut connection) => connection.ask(&asked.body).await,
                        Err(error) => Err(error),
                    };
                    let pause_s = match answer.map(|body| crowd.take(&asked, &body)) {
                        Ok(Got::Licensed) => return begin.elapsed().as_secs_f64(),
                        Ok(Got::Busy(retry_after_s)) => f64::from(retry_after_s),
                        Ok(Got::Other) | Err(_) => 1.0,
                    };
                    busy.fetch_add(1, Ordering::Relaxed);
                    // As clients do: up to a tenth more, so that they do not come together again.
                    let spread = pause_s * 0.1 * (client % 100) as f64 / 100.0;
                    tokio::time::sleep(Duration::from_secs_f64(pause_s + spread)).await;
                }
            });
        }
        let mut times = tasks.join_all().await;
        times.sort_by(f64::total_cmp);
        let last = times.last().copied().unwrap_or_default();
        println!("| Second | Answered |\n|---|---|");
        for second in 1..=last.ceil() as u32 {
            let answered = times.partition_point(|time| *time <= f64::from(second));
            println!("| {second} | {answered} |");
        }
        println!("all answered after {last:.1} s; {} were told to come again", busy.load(Ordering::Relaxed));
    }
}
