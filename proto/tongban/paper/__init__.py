"""Paper: plain data set by Typst into PDF, with the fonts of a package and nothing else of the machine.

Typst breaks lines as Chinese is broken, and what it sets is data: a text cannot run anything.  The fonts come as a
package (Noto Serif SC and Noto Sans SC, OFL), so a machine without any Chinese font prints the same; a subset is
embedded, and the machine's own fonts are never looked at; an operator who needs rarer characters names a folder of
fonts (`TONGBAN_FONTS`).  The form is PDF/A-3b, which allows no glyph that is not there: so an empty box is never
printed, and what no font can draw comes back as `NotDrawn`.

Promised: equal sheet, data, moment and fonts give equal bytes.  What can go wrong: NotDrawn, and ConfigurationInvalid
where the fonts are not installed.
"""
