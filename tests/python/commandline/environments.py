# Virtual environments: pyvenv.cfg, the paths that follow from it, the venv module.
import os
import subprocess
import sys
import tempfile


def show(folder, program, code, *options):
    p = subprocess.run([program, *options, "-c", code], capture_output=True, text=True, cwd=folder,
                       env={"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8"})
    text = (p.stdout + p.stderr).replace(os.path.realpath(folder), "DIR")
    print(p.returncode, text.replace(f"python{sys.version_info[0]}.{sys.version_info[1]}", "pythonX.Y").strip())


with tempfile.TemporaryDirectory() as folder:
    folder = os.path.realpath(folder)
    venv = os.path.join(folder, "env")
    made = subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", "--prompt", "name", venv],
                          capture_output=True, text=True)
    print("made:", made.returncode, made.stderr)
    print(sorted(os.listdir(venv)))
    print(all(n in os.listdir(os.path.join(venv, "bin")) for n in ("python", "python3")))
    config = dict(line.split(" = ", 1) for line in open(os.path.join(venv, "pyvenv.cfg")).read().splitlines())
    print(sorted(config), config["include-system-site-packages"], config["prompt"])
    print(config["version"] == ".".join(map(str, sys.version_info[:3])), os.path.isdir(config["home"]))

    python = os.path.join(venv, "bin", "python")
    show(folder, python, "import sys; print(sys.prefix, sys.exec_prefix, sys.base_prefix == sys.prefix, sys.executable)")
    show(folder, python, "import sys; print([p for p in sys.path if p.endswith('site-packages')])")
    show(folder, python, "import sysconfig; print(sysconfig.get_path('purelib'), sysconfig.get_path('scripts'))")
    show(folder, python, "import site; print(site.ENABLE_USER_SITE, set(site.PREFIXES))")
    show(folder, python, "import sys; print([p for p in sys.path if p.endswith('site-packages')])", "-S")
    show(folder, python, "import sys; print(sys.prefix)", "-I")

    packages = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                              capture_output=True, text=True).stdout.strip()
    with open(os.path.join(packages, "module_of_env.py"), "w") as f:
        f.write("name = __name__")
    show(folder, python, "import module_of_env; print(module_of_env.name, module_of_env.__file__)")
    with open(os.path.join(packages, "more.pth"), "w") as f:
        f.write("# comment\nimport sys; sys.from_pth = 7\n" + folder + "\n")
    show(folder, python, "import sys; print(sys.from_pth, sys.path[-1])")

    # The system's packages are there if the file says so.
    path = os.path.join(venv, "pyvenv.cfg")
    text = open(path).read()
    with open(path, "w") as f:
        f.write(text.replace("include-system-site-packages = false", "include-system-site-packages = true"))
    show(folder, python, "import site, sys; print(site.PREFIXES[0], sys.base_prefix in site.PREFIXES)")
    # Without the file it is no environment.
    os.remove(path)
    show(folder, python, "import sys; print(sys.prefix == sys.base_prefix)")
