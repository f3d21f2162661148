# expand.awk: makes the installation script of its parts.
#
#   awk -f expand.awk TEMPLATE PART ...
#
# Prints the parts, with each line "@type NAME" replaced by the template, in which
# NAME takes the place of @TYPE@. The comment at the head of the template is left out.

FNR == 1 { file++ }

file == 1 {
  if (in_template || !/^--/)
    in_template = 1
  if (in_template)
    template = template $0 "\n"
  next
}

$1 == "@type" {
  text = template
  gsub(/@TYPE@/, $2, text)
  sub(/^\n/, "", text)
  printf "%s", text
  next
}

{ print }
