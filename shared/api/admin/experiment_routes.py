"""Experiments and what they show: routes."""

from shared.api.admin import experiment_models, experiment_results, experiments, models
from shared.api.admin.services import AdminServices
from shared.domain.experiments import Experiment
from shared.web.router import Route

_BUSINESS = "/v1/businesses/<business_id>"
_ALL = f"{_BUSINESS}/experiments"
_ONE = f"{_ALL}/<experiment_id>"
_MAX_BODY = 256 * 1024  # six arms with a prompt each

ROUTES: tuple[Route[AdminServices], ...] = (
    Route("POST", _ALL, experiments.create, "Draft an experiment",
          "write", body=Experiment, result=experiment_models.ExperimentOut, status=201, max_body=_MAX_BODY,
          errors=(409,)),
    Route("GET", _ALL, experiments.list_all, "List the experiments",
          "read", query=models.PageQuery, result=models.Page[experiment_models.ExperimentOut]),
    Route("GET", _ONE, experiments.get, "Get an experiment", "read", result=experiment_models.ExperimentOut),
    Route("PATCH", _ONE, experiments.patch, "Change a draft, or the weights and share of one that runs",
          "write", body=experiment_models.ExperimentPatch, result=experiment_models.ExperimentOut, max_body=_MAX_BODY,
          errors=(409, 412)),
    Route("DELETE", _ONE, experiments.delete, "Remove a draft", "write", status=204, errors=(409, 412)),
    Route("POST", f"{_ONE}/start", experiments.start, "Let a draft run",
          "write", result=experiment_models.ExperimentOut, errors=(409, 412)),
    Route("POST", f"{_ONE}/stop", experiments.stop, "End an experiment; everybody meets the assistant as configured",
          "write", body=experiment_models.StopIn, result=experiment_models.ExperimentOut, errors=(409, 412)),
    Route("POST", f"{_ONE}/conclude", experiments.conclude, "Make an arm the configuration and end the experiment",
          "write", body=experiment_models.ConcludeIn, result=experiment_models.ExperimentOut, errors=(409, 412)),
    Route("GET", f"{_ONE}/results", experiment_results.get_results, "What an experiment shows",
          "analytics", result=experiment_models.ResultsOut, errors=(409,)),
    Route("GET", f"{_BUSINESS}/analytics/experiments", experiment_results.get_all, "What the latest experiments show",
          "analytics", result=experiment_models.AllResultsOut),
)  # fmt: skip
