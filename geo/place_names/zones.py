"""Functional zones of Shandong (高新区), which are no districts and have no outlines, by the district.

A zone is listed where its administration is; it may reach into neighbouring districts.
*Source*: 《中国开发区审核公告目录（2018年版）》, the state-level zones of high technology in Shandong.
"""

from collections.abc import Mapping
from types import MappingProxyType

ZONES_BY_DISTRICT: Mapping[str, str] = MappingProxyType(
    {
        "370112": "济南高新区",
        "370116": "莱芜高新区",
        "370214": "青岛高新区",
        "370303": "淄博高新区",
        "370403": "枣庄高新区",
        "370523": "黄河三角洲农业高新区",
        "370613": "烟台高新区",
        "370705": "潍坊高新区",
        "370811": "济宁高新区",
        "370911": "泰安高新区",
        "371002": "威海高新区",
        "371311": "临沂高新区",
        "371482": "德州高新区",
    }
)
