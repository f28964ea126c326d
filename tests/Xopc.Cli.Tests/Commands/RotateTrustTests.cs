using Xopc.ServiceDefaults.Trust;

namespace Xopc.Cli.Tests.Commands;

public sealed class RotateTrustTests
{
    [Fact]
    public async Task The_new_key_signs_and_the_last_one_is_kept_for_one_rotation()
    {
        using var home = new TemporaryDirectory();
        var file = Path.Combine(home.Path, "state", "credentials", InstallationKeys.FileName);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        InstallationKeys.LoadOrCreate(Path.GetDirectoryName(file)!, TimeProvider.System);
        var first = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1));

        await using var verb = XopcProcess.Start(home.Path, null, "gateway", "rotate-trust");

        Assert.Equal(ExitCodes.Ok, await verb.ExitAsync());
        var second = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(2, second.Length);
        Assert.Equal(first[0], second[1]);
        Assert.DoesNotContain(second[0], verb.Out + verb.Error, StringComparison.Ordinal);
    }
}
