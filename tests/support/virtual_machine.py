"""A whole computer with a usual kernel: the Debian 13 of `other_machine`, started by QEMU on its own kernel.

The kernel here may have no IPVS, or only the old groups of processes (cgroup v1); that of most students has both. Where
KVM is usable QEMU uses it; without, each processor instruction is emulated, which takes ten to twenty times as long.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from support.other_machine import WITH_US, OtherMachine, printed, run

KERNEL = ("linux-image-cloud-amd64", "initramfs-tools", "kmod", "udev")
DISK_GB, MEMORY_GB, CPUS = 14, 6, 2
KVM_SECONDS = 20  # in which a kernel starts with a KVM that works
BOOT_SECONDS = 3600  # for everything; emulated, and with other work here, it takes twenty minutes

# The first program of the virtual machine: mounts and modules, then the script, then it switches the machine off.
INIT = r"""#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root PYTHONUNBUFFERED=1
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts
for folder in /dev/shm /run /tmp; do mount -t tmpfs tmpfs $folder; done
mount -t cgroup2 cgroup2 /sys/fs/cgroup; mount -o remount,rw /
hostname virtual; ip link set lo up
modprobe -a overlay ip_vs ip_vs_rr vxlan br_netfilter veth xt_conntrack nf_nat iptable_nat bridge
sysctl -qw net.ipv4.ip_forward=1; ulimit -n 65536
cd /clone; sh /script; echo "exit status $?"
sync; echo o > /proc/sysrq-trigger; sleep 9
"""


class VirtualMachine(OtherMachine):
    """Debian 13 on a kernel of its own. `boot` runs one script in it, as root in a clone of the project."""

    def __init__(self) -> None:
        super().__init__("debian13")
        self.name = "virtual"

    def make(self) -> None:
        """Make the root as for the other machine, with a kernel. Raises `RuntimeError`."""
        super().make()
        self.online(
            "ls /boot/vmlinuz-* >/dev/null 2>&1 || DEBIAN_FRONTEND=noninteractive "
            f"apt-get install -y -q --no-install-recommends {' '.join(KERNEL)}"
        )

    def boot(self, script: str) -> str:
        """Start the machine on a copy of the root, run the script in it, and return what it printed.

        The script's last line is "exit status N". Raises `RuntimeError`, and `TimeoutExpired` after `BOOT_SECONDS`.
        """
        (self.root / "init-virtual").write_text(INIT)
        (self.root / "init-virtual").chmod(0o755)
        (self.root / "script").write_text(script)
        shutil.rmtree(self.root / "var/lib/swarmlab", ignore_errors=True)
        [kernel], [initrd] = (list((self.root / "boot").glob(f"{name}-*")) for name in ("vmlinuz", "initrd.img"))
        with tempfile.NamedTemporaryFile(dir=self.root.parent, suffix=".disk") as disk:
            disk.truncate(DISK_GB * 10**9)
            run(["mkfs.ext4", "-q", "-F", "-d", str(self.root), disk.name])
            done = printed([*WITH_US, *_qemu(kernel, initrd, Path(disk.name))], BOOT_SECONDS)
        return done.stdout.replace("\r\n", "\n")


def _qemu(kernel: Path, initrd: Path, disk: Path) -> list[str]:
    """The command that starts the machine."""
    accelerator = "kvm" if _kvm_works(kernel) else "tcg,thread=multi"
    return [
        "qemu-system-x86_64", "-accel", accelerator, "-cpu", "max",
        "-smp", str(CPUS), "-m", f"{MEMORY_GB}G", "-nographic", "-no-reboot", "-nic", "none",
        "-kernel", str(kernel), "-initrd", str(initrd),
        "-append", "root=/dev/vda rw console=ttyS0 init=/init-virtual quiet",
        "-drive", f"file={disk},format=raw,if=virtio,cache=unsafe",
    ]  # fmt: skip


def _kvm_works(kernel: Path) -> bool:
    """Whether a kernel starts with KVM: it is tried, since a KVM inside of a virtual machine is there and may fail.

    Without a disk the kernel ends with a panic, and QEMU with it.
    """
    command = ["qemu-system-x86_64", "-accel", "kvm", "-cpu", "max", "-m", "512M", "-nographic", "-no-reboot"]
    command += ["-nic", "none", "-kernel", str(kernel), "-append", "console=ttyS0 panic=-1"]
    try:
        tried = subprocess.run([*WITH_US, *command], stdin=subprocess.DEVNULL, capture_output=True, timeout=KVM_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return b"Kernel panic" in tried.stdout
