"""The notebooks stand at the top of the repository, where people look for them; installed, they are in the package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["akhlak_research*"]), "akhlak_research.notebooks"],
    package_dir={"akhlak_research.notebooks": "notebooks"},
)
