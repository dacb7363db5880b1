"""Running the templates: parameters, jobs, the folder of reports."""
