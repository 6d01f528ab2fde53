"""A simulation with small classes: vectors with operators, particles, walls."""


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    def length2(self):
        return self.x * self.x + self.y * self.y


class Particle:
    def __init__(self, position, velocity):
        self.position = position
        self.velocity = velocity
        self.bounces = 0

    def move(self, dt):
        self.position = self.position + self.velocity * dt
        p, v = self.position, self.velocity
        if p.x < 0.0 or p.x > 1.0:
            v.x = -v.x
            self.bounces += 1
        if p.y < 0.0 or p.y > 1.0:
            v.y = -v.y
            self.bounces += 1


if __name__ == "__main__":
    particles = [Particle(Vector(i / 60, i * 7 % 60 / 60), Vector(0.3 + i / 97, 0.7 - i / 83)) for i in range(60)]
    for _ in range(25_000):
        for p in particles:
            p.move(0.004)
    print(sum(p.bounces for p in particles), f"{sum(p.velocity.length2() for p in particles):.6f}")
    print(f"{sum(p.position.x for p in particles):.6f}")
