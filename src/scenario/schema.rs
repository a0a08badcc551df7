//! The JSON Schema of the scenario format, so that editors complete and check it.

use schemars::SchemaGenerator;

use super::document::Document;

/// The JSON Schema (draft 2020-12) of a scenario file; its descriptions are those of docs/scenario.md.
pub fn schema() -> serde_json::Value {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<Document>();
    schema.insert("title".to_owned(), "Corridor scenario".into());
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_and_its_required_keys_are_described() {
        let schema = schema();
        let sections = schema["properties"].as_object().expect("an object");
        for section in [
            "scenario",
            "experiment",
            "sites",
            "links",
            "procedures",
            "flows",
            "cooperation",
            "reforms",
            "posts",
        ] {
            assert!(
                sections[section]["description"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{section}"
            );
        }
        let site = &schema["$defs"]["SiteDoc"];
        assert_eq!(site["required"], serde_json::json!(["country", "kind"]));
        assert_eq!(site["additionalProperties"], false);
        let kinds = &site["properties"]["kind"]["anyOf"][0]["enum"];
        assert_eq!(kinds[0], "seaport");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let schema = schema();
        let text = schema.to_string();
        let defined = schema["$defs"].as_object().expect("definitions");
        for part in text.split("\"$ref\":\"#/$defs/").skip(1) {
            let name = part.split('"').next().expect("a name");
            assert!(defined.contains_key(name), "{name}");
        }
    }
}
