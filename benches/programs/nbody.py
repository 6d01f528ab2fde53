"""Planets under gravity: float arithmetic on the attributes of small objects."""

from math import sqrt


class Body:
    def __init__(self, x, y, z, vx, vy, vz, mass):
        self.x, self.y, self.z = x, y, z
        self.vx, self.vy, self.vz = vx, vy, vz
        self.mass = mass


def solar_system():
    pi = 3.141592653589793
    sun_mass = 4 * pi * pi
    days = 365.24
    bodies = [
        Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, sun_mass),
        Body(4.84143144246472, -1.16032004402742, -0.103622044471123,
             0.00166007664274403 * days, 0.00769901118419740 * days, -0.0000690460016972063 * days, 0.000954791938424327 * sun_mass),
        Body(8.34336671824458, 4.12479856412430, -0.403523417114321,
             -0.00276742510726862 * days, 0.00499852801234917 * days, 0.0000230417297573763 * days, 0.000285885980666131 * sun_mass),
        Body(12.8943695621391, -15.1111514016986, -0.223307578892656,
             0.00296460137564762 * days, 0.00237847173959481 * days, -0.0000296589568540238 * days, 0.0000436624404335156 * sun_mass),
        Body(15.3796971148509, -25.9193146099880, 0.179258772950371,
             0.00268067772490389 * days, 0.00162824170038242 * days, -0.0000951592254519716 * days, 0.0000515138902046612 * sun_mass),
    ]
    sun = bodies[0]
    sun.vx = -sum(b.vx * b.mass for b in bodies) / sun_mass
    sun.vy = -sum(b.vy * b.mass for b in bodies) / sun_mass
    sun.vz = -sum(b.vz * b.mass for b in bodies) / sun_mass
    return bodies


def energy(bodies):
    total = 0.0
    for i, a in enumerate(bodies):
        total += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
        for b in bodies[i + 1:]:
            dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
            total -= a.mass * b.mass / sqrt(dx * dx + dy * dy + dz * dz)
    return total


def advance(bodies, dt, steps):
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    for _ in range(steps):
        for a, b in pairs:
            dx = a.x - b.x
            dy = a.y - b.y
            dz = a.z - b.z
            d2 = dx * dx + dy * dy + dz * dz
            pull = dt / (d2 * sqrt(d2))
            am = a.mass * pull
            bm = b.mass * pull
            a.vx -= dx * bm
            a.vy -= dy * bm
            a.vz -= dz * bm
            b.vx += dx * am
            b.vy += dy * am
            b.vz += dz * am
        for b in bodies:
            b.x += dt * b.vx
            b.y += dt * b.vy
            b.z += dt * b.vz


if __name__ == "__main__":
    import sys

    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    system = solar_system()
    print(f"{energy(system):.9f}")
    advance(system, 0.01, steps)
    print(f"{energy(system):.9f}")
