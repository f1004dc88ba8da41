-- What pandoc loses on the way to Typst: what a picture shows and how wide it is, notes, and which tables are crowded.
function Image(picture)
  local alt = pandoc.utils.stringify(picture.caption):gsub("\\", "\\\\"):gsub('"', '\\"')
  local width = picture.attributes.width or "100%"
  return pandoc.RawInline("typst", '#image("' .. picture.src .. '", width: ' .. width .. ', alt: "' .. alt .. '")')
end

-- a caption stays with what it is the caption of; notes are small and close together
local wrapped = {
  caption = "#block(sticky: true, above: 1.3em)[",
  notes = "#block(below: 1.4em)[#set text(size: 8pt, fill: rgb(\"#46525c\"))\n#set par(leading: 0.45em, spacing: 0.5em)\n",
}
function Div(found)
  for class, opening in pairs(wrapped) do
    if found.classes:includes(class) then
      local parts = {pandoc.RawBlock("typst", opening)}
      for _, block in ipairs(found.content) do parts[#parts + 1] = block end
      parts[#parts + 1] = pandoc.RawBlock("typst", "]")
      return parts
    end
  end
end

-- columns of a crowded table share the page by what they need; widths become fractions afterwards
function Table(found)
  if not found.attr.classes:includes("crowded") then
    for at, spec in ipairs(found.colspecs) do found.colspecs[at] = {spec[1], nil} end
  end
  if found.attr.classes:includes("wide") then
    return {
      pandoc.RawBlock("typst", "#[#set text(size: 6.6pt)\n#set table(inset: (x: 2.5pt, y: 3pt))"), found,
      pandoc.RawBlock("typst", "]")
    }
  end
  return found
end
