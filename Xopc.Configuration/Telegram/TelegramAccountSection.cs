using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary>A member of <c>channels.telegram.accounts</c> as the file has it.</summary>
internal sealed record TelegramAccountSection : TelegramSettings
{
    [Description("Of older files; the key counts.")]
    [StringLength(256)]
    [NumberIsText]
    public string? AccountId { get; init; }

    [Description("Name for people.")]
    [StringLength(128)]
    public string? Name { get; init; }
}
