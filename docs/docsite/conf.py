# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx configuration of the site that tests/package.sh builds."""

from __future__ import annotations

project = "novafleet.compute"
copyright = "2026, the novafleet.compute authors"
title = html_title = html_short_title = "novafleet.compute"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_heading_anchors = 4

pygments_style = "ansible"
# Language of code blocks without one: most are commands.
highlight_language = "text"
default_role = "any"

html_theme = "sphinx_ansible_theme"
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_use_modindex = False
html_use_index = False
