using System.Text.Json.Serialization;

namespace Xopc.Contracts;

/// <summary>What a credential may do; a higher scope includes the lower ones. On the wire <c>operator.read</c>, <c>operator.write</c>, <c>operator.admin</c>.</summary>
public enum OperatorScope
{
    /// <summary>Look at things.</summary>
    [JsonStringEnumMemberName("operator.read")]
    Read = 1,

    /// <summary>Talk to agents, change sessions and jobs.</summary>
    [JsonStringEnumMemberName("operator.write")]
    Write = 2,

    /// <summary>Change the installation: configuration, keys, tokens.</summary>
    [JsonStringEnumMemberName("operator.admin")]
    Admin = 3,
}
