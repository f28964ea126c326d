using Xopc.Configuration;
using Xopc.Gateway;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Redis;
using Xopc.ServiceDefaults.Trust;

var builder = WebApplication.CreateBuilder(args);
builder.AddXopcConfiguration();
builder.AddServiceDefaults("xopc-gateway", builder.StartupPaths().LogsDirectory);
builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
builder.AddXopcRedis("redis");
builder.AddGateway(edge => edge.Proxy = true);

var app = builder.Build();
app.UseXopcEdge();
app.MapGateway();
await app.RunAsync();
