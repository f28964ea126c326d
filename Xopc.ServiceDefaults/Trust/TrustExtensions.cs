using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>Trust between the processes of one installation.</summary>
public static class TrustExtensions
{
    /// <summary>
    /// Registers <see cref="InstallationKeys"/>, <see cref="PrincipalSigner"/> and what <c>UseSignedPrincipal</c> needs. Only for processes of the bundle: in one
    /// process nobody signs.
    /// </summary>
    /// <param name="credentialsDirectory"><c>StatePaths.CredentialsDirectory</c>.</param>
    public static IHostApplicationBuilder AddInstallationTrust(this IHostApplicationBuilder builder, string credentialsDirectory)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(services =>
            InstallationKeys.LoadOrCreate(credentialsDirectory, services.GetRequiredService<TimeProvider>(), services.GetService<SecretRegistry>()));
        builder.Services.TryAddSingleton<PrincipalSigner>();
        builder.Services.TryAddSingleton<PrincipalVerifier>();
        return builder;
    }
}
