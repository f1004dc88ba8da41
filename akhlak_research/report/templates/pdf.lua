-- What pandoc loses on the way to Typst: what a picture shows, and which columns hold sentences.
function Image(picture)
  local alt = pandoc.utils.stringify(picture.caption):gsub("\\", "\\\\"):gsub('"', '\\"')
  return pandoc.RawInline("typst", '#image("' .. picture.src .. '", width: 100%, alt: "' .. alt .. '")')
end

-- a caption stays with what it is the caption of
function Div(found)
  if found.classes:includes("caption") then
    local open, close = pandoc.RawBlock("typst", "#block(sticky: true)["), pandoc.RawBlock("typst", "]")
    local parts = {open}
    for _, block in ipairs(found.content) do parts[#parts + 1] = block end
    parts[#parts + 1] = close
    return parts
  end
end

-- columns of sentences share the room that the others leave; widths become fractions afterwards
function Table(found)
  local long = "," .. (found.attributes["long"] or "") .. ","
  for at, spec in ipairs(found.colspecs) do
    local wide = long:find("," .. at .. ",", 1, true)
    found.colspecs[at] = {spec[1], wide and spec[2] or nil}
  end
  if found.attr.classes:includes("wide") then
    return {
      pandoc.RawBlock("typst", "#[#set text(size: 6.6pt)\n#set table(inset: (x: 2.5pt, y: 3pt))"), found,
      pandoc.RawBlock("typst", "]")
    }
  end
  return found
end
