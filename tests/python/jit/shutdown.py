# args: -X jit-threshold=5
"""What a module holds dies with it, also if compiled code refers to the module's names."""


class Mortal:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("dies", self.name)


last = None
for i in range(20):
    last = Mortal(i)
print("end")
