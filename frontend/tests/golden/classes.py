class A(B, metaclass=M):
    """Doc."""
    x: int = 1
    if x:
        y: str

    def method(self, v):
        self.v = v
        self.__w = __class__
        return super().method()


class G[T: int = bool](A):
    t: T
    z = [q for q in range(3) if q > A.x]

    def f[K](self, k: K) -> T:
        return k
