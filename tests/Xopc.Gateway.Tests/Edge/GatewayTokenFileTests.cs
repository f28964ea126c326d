using Xopc.Gateway.Edge;

namespace Xopc.Gateway.Tests.Edge;

public sealed class GatewayTokenFileTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("xopc-token-").FullName;

    private string Credentials => Path.Combine(_root, "credentials");

    private string TokenPath => Path.Combine(Credentials, GatewayTokenFile.FileName);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_token_is_made_once_and_kept()
    {
        Assert.Null(GatewayTokenFile.Find(Credentials));

        var token = GatewayTokenFile.LoadOrCreate(Credentials);

        Assert.Matches("^[0-9a-f]{48}$", token);
        Assert.Equal(token, GatewayTokenFile.LoadOrCreate(Credentials));
        Assert.Equal(token, GatewayTokenFile.Find(Credentials));
        Assert.Equal(token + "\n", File.ReadAllText(TokenPath));
    }

    [Fact]
    public void Only_the_owner_may_read_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no Unix modes; the directory's inherited rights protect the file.");
            return;
        }

        GatewayTokenFile.LoadOrCreate(Credentials);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TokenPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Credentials));

        // Somebody opened it up meanwhile: the next start closes it again.
        File.SetUnixFileMode(TokenPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        GatewayTokenFile.LoadOrCreate(Credentials);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TokenPath));
    }

    [Fact]
    public async Task Processes_that_start_together_agree_on_one_token()
    {
        var tokens = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => GatewayTokenFile.LoadOrCreate(Credentials))));

        Assert.Single(tokens.Distinct());
        Assert.Equal(tokens[0], GatewayTokenFile.Find(Credentials));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdeX")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void A_file_that_holds_something_else_is_named_and_left_alone(string content)
    {
        Directory.CreateDirectory(Credentials);
        File.WriteAllText(TokenPath, content);

        var error = Assert.Throws<InvalidDataException>(() => GatewayTokenFile.LoadOrCreate(Credentials));

        Assert.Contains(TokenPath, error.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(TokenPath));
    }
}
