import pytest

from core.data.archive.service import SERVICES, service_of
from core.errors import ConfigError


@pytest.mark.parametrize(
    ("asked", "name", "tap", "data"),
    [
        ("esa", "esa", "https://gea.esac.esa.int/tap-server/tap", "/data-server"),
        ("https://gea.esac.esa.int/", "esa", "https://gea.esac.esa.int/tap-server/tap", "/data-"),
        ("AIP", "aip", "https://gaia.aip.de/tap", ""),
        ("http://[::1]:80/x/tap", "http://[::1]:80/x/tap", "http://[::1]:80/x/tap", ""),
        (
            "http://a.b/tap-server/tap",
            "http://a.b/tap-server/tap",
            "http://a.b/tap-server/tap",
            "/",
        ),
        ("http://a.b:8000", "http://a.b:8000", "http://a.b:8000/tap-server/tap", "/data-server"),
    ],
)
def test_names_and_addresses(asked, name, tap, data):
    service = service_of(asked)
    assert (service.name, service.tap) == (name, tap)
    assert (data in service.data) if data else service.data == ""


@pytest.mark.parametrize("asked", ["", "gaia", "ftp://gea.esac.esa.int", "https://", "file:///tmp"])
def test_what_is_no_address(asked):
    with pytest.raises(ConfigError, match=r"expected an address such as .*esa, ari, aip, gavo"):
        service_of(asked)


def test_every_short_name_is_an_address_that_stands_for_itself():
    for name, address in SERVICES.items():
        assert service_of(name) == service_of(address)
