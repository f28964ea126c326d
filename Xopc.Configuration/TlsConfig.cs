using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;

namespace Xopc.Configuration;

/// <summary>The certificate of the public listener: PEM with its key in a second file (or in the same one), or one PKCS #12 file. Its text form hides the password.</summary>
public sealed record TlsConfig
{
    /// <summary>Absolute path of the certificate and its chain.</summary>
    [Description("Absolute path of the certificate and its chain, PEM or PKCS #12.")]
    [Required]
    [StringLength(4096)]
    public required string CertFile { get; init; }

    /// <summary>Absolute path of the private key in PEM; null: it stands in <see cref="CertFile"/>.</summary>
    [Description("Absolute path of the private key in PEM; not needed when it stands in certFile.")]
    [StringLength(4096)]
    public string? KeyFile { get; init; }

    /// <summary>Opens the key; null when it is not encrypted.</summary>
    [Description("Opens the private key.")]
    [StringLength(1024)]
    public string? KeyPassword { get; init; }

    private bool PrintMembers(StringBuilder text)
    {
        text.Append("CertFile = ").Append(CertFile).Append(", KeyFile = ").Append(KeyFile).Append(", KeyPassword = ").Append(KeyPassword is null ? "unset" : "***");
        return true;
    }
}
