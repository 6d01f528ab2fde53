//! Planets under gravity.

use std::f64::consts::PI;

#[derive(Clone, Default)]
struct Body {
    at: [f64; 3],
    speed: [f64; 3],
    mass: f64,
}

const DAYS: f64 = 365.24;
/// Position, daily speed and mass (of the sun's) of the planets.
const PLANETS: [[f64; 7]; 4] = [
    [
        4.84143144246472,
        -1.16032004402742,
        -0.103622044471123,
        0.00166007664274403,
        0.00769901118419740,
        -0.0000690460016972063,
        0.000954791938424327,
    ],
    [
        8.34336671824458,
        4.12479856412430,
        -0.403523417114321,
        -0.00276742510726862,
        0.00499852801234917,
        0.0000230417297573763,
        0.000285885980666131,
    ],
    [
        12.8943695621391,
        -15.1111514016986,
        -0.223307578892656,
        0.00296460137564762,
        0.00237847173959481,
        -0.0000296589568540238,
        0.0000436624404335156,
    ],
    [
        15.3796971148509,
        -25.9193146099880,
        0.179258772950371,
        0.00268067772490389,
        0.00162824170038242,
        -0.0000951592254519716,
        0.0000515138902046612,
    ],
];

pub fn run() -> String {
    let mut bodies = solar_system();
    let before = energy(&bodies);
    advance(&mut bodies, 0.01, 100_000);
    format!("{before:.9}\n{:.9}\n", energy(&bodies))
}

fn solar_system() -> Vec<Body> {
    let sun_mass = 4.0 * PI * PI;
    let mut bodies = vec![Body { mass: sun_mass, ..Body::default() }];
    for p in PLANETS {
        let speed = [p[3] * DAYS, p[4] * DAYS, p[5] * DAYS];
        bodies.push(Body { at: [p[0], p[1], p[2]], speed, mass: p[6] * sun_mass });
    }
    for axis in 0..3 {
        let total = bodies.iter().fold(0.0, |t, b| t + b.speed[axis] * b.mass);
        bodies[0].speed[axis] = -total / sun_mass;
    }
    bodies
}

fn energy(bodies: &[Body]) -> f64 {
    let mut total = 0.0;
    for (i, a) in bodies.iter().enumerate() {
        let [vx, vy, vz] = a.speed;
        total += 0.5 * a.mass * (vx * vx + vy * vy + vz * vz);
        for b in &bodies[i + 1..] {
            let [dx, dy, dz] = [a.at[0] - b.at[0], a.at[1] - b.at[1], a.at[2] - b.at[2]];
            total -= a.mass * b.mass / (dx * dx + dy * dy + dz * dz).sqrt();
        }
    }
    total
}

fn advance(bodies: &mut [Body], dt: f64, steps: usize) {
    for _ in 0..steps {
        for i in 0..bodies.len() {
            let (before, after) = bodies.split_at_mut(i + 1);
            let a = &mut before[i];
            for b in after {
                let [dx, dy, dz] = [a.at[0] - b.at[0], a.at[1] - b.at[1], a.at[2] - b.at[2]];
                let d2 = dx * dx + dy * dy + dz * dz;
                let pull = dt / (d2 * d2.sqrt());
                let (am, bm) = (a.mass * pull, b.mass * pull);
                a.speed[0] -= dx * bm;
                a.speed[1] -= dy * bm;
                a.speed[2] -= dz * bm;
                b.speed[0] += dx * am;
                b.speed[1] += dy * am;
                b.speed[2] += dz * am;
            }
        }
        for b in bodies.iter_mut() {
            for axis in 0..3 {
                b.at[axis] += dt * b.speed[axis];
            }
        }
    }
}
