from .inputs import expand as expand
from .predict_folder import FolderPrediction as FolderPrediction
from .predict_folder import predict_folder as predict_folder
from .progress import Progress as Progress
