"""A simulation with classes: inheritance, properties, exceptions for business rules."""


class Refused(Exception):
    pass


class Account:
    fee = 0

    def __init__(self, owner):
        self.owner = owner
        self._balance = 100
        self.moves = 0

    @property
    def balance(self):
        return self._balance

    @balance.setter
    def balance(self, amount):
        if amount < self.limit():
            raise Refused(self.owner)
        self._balance = amount
        self.moves += 1

    def limit(self):
        return 0

    def pay(self, other, amount):
        self.balance -= amount + self.fee
        other.balance += amount


class Business(Account):
    fee = 1

    def limit(self):
        return -500

    def pay(self, other, amount):
        super().pay(other, amount)
        self.turnover = getattr(self, "turnover", 0) + amount


if __name__ == "__main__":
    accounts = [(Business if i % 3 == 0 else Account)(f"a{i}") for i in range(50)]
    seed, refused = 1, 0
    for _ in range(700_000):
        seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
        a, b = accounts[seed % 50], accounts[(seed >> 8) % 50]
        try:
            a.pay(b, seed >> 5 & 63)
        except Refused:
            refused += 1
    print(refused, sum(a.moves for a in accounts), sum(a.balance for a in accounts))
    print(sum(getattr(a, "turnover", 0) for a in accounts))
