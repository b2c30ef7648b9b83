"""How JupyterLab starts a Python kernel for the course: with the answers to a beginner's slips loaded."""

from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

SLIPS = "--ext=swarmkit_helpers.notebook.slips"


class KernelSpecs(KernelSpecManager):
    """The kernels that JupyterLab knows; those with IPython in them load the slips."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The kernel of that name. Raises jupyter_client's `NoSuchKernel`."""
        spec: Any = super().get_kernel_spec(kernel_name)
        if "ipykernel_launcher" in spec.argv:
            spec.argv = [*spec.argv, SLIPS]
        return spec  # type: ignore[no-any-return]  # traitlets has no types
