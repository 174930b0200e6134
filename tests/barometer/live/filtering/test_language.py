"""Titles of other languages that crypto news comes in are no English ones, and no class of English ones is lost."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from barometer.headline import headline_id, normalise_title
from barometer.labels import Label
from barometer.live.filtering.language import is_english_title
from barometer.stats import Estimate, wilson

DATA = Path(__file__).parents[3] / "data"

FOREIGN = """
Bitcoin cae por debajo de los 60.000 dólares
El precio de Ethereum sube tras la decisión de la SEC
Binance suspende retiros en Argentina
Los inversores temen una nueva caída del mercado
México aprueba la ley de criptomonedas
Hackers roban 35 millones de dólares de un protocolo DeFi
BlackRock compra más Bitcoin para su fondo
Ripple gana el juicio contra la SEC
El Salvador suma bitcoins a sus reservas
Las ballenas acumulan XRP mientras el precio baja
Bitcoin despenca após decisão do Fed
Preço do Ethereum sobe com entrada em ETFs
Banco Central do Brasil regula corretoras de criptomoedas
Mercado Bitcoin anuncia demissões
Investidores retiram US$ 2 bilhões de fundos cripto
Receita Federal aperta regras para exchanges
Hacker rouba milhões de protocolo DeFi
Binance bloqueia conta de usuário brasileiro
Nubank lança carteira de criptomoedas
Solana cai 10% em meio a liquidações
Le Bitcoin chute sous les 60 000 dollars
La France adopte de nouvelles règles pour les cryptos
Binance suspend les retraits en euros
Un pirate vole 35 millions de dollars
Ethereum grimpe avant la mise à jour
Les investisseurs fuient les stablecoins
Société Générale lance un stablecoin en euros
La Banque de France met en garde contre les cryptomonnaies
Ledger annonce une levée de fonds
Le prix du XRP explose après le procès
Bitcoin fällt unter 60.000 Dollar
Ethereum steigt vor dem Upgrade
Deutsche Bank startet Krypto-Verwahrung
Hacker stehlen Millionen aus DeFi-Protokoll
BaFin warnt vor Krypto-Börse
Kurs von Solana bricht ein
Anleger ziehen Geld aus Bitcoin-Fonds ab
Bundesregierung verkauft Bitcoin
Wale kaufen XRP nach Kurssturz
Krypto-Markt verliert Milliarden
Bitcoin crolla sotto i 60.000 dollari
Ethereum sale dopo la decisione della SEC
La Consob blocca cinque siti di criptovalute
Hacker rubano milioni da un protocollo DeFi
Binance sospende i prelievi in Italia
Il prezzo di Solana vola
Gli investitori puntano sugli ETF
Banca d'Italia avverte sui rischi delle criptovalute
Tether acquista quote della Juventus
Mercato crypto in rosso dopo i dazi
Bitcoin zakt onder 60.000 dollar
Koers van Ethereum stijgt na besluit SEC
Hackers stelen miljoenen van DeFi-protocol
Nederlandse toezichthouder waarschuwt voor cryptobeurs
Bitvavo haalt nieuwe licentie binnen
Beleggers verkopen massaal hun Bitcoin
Grote walvis koopt XRP
Crypto-markt verliest miljarden
ABN AMRO test stablecoin in euro
Waarom de koers van Solana daalt
Bitcoin 60 bin dolar\u0131n alt\u0131na düştü
Ethereum fiyat\u0131 yükseldi
Binance para çekme işlemlerini durdurdu
Hackerlar milyonlarca dolar çald\u0131
Türkiye kripto para yasas\u0131n\u0131 onaylad\u0131
Balinalar XRP topluyor
SPK kripto borsalar\u0131na ceza kesti
Kripto piyasas\u0131 sert geriledi
Solana yat\u0131r\u0131mc\u0131lar\u0131 endişeli
Altcoin sezonu başlad\u0131 m\u0131
Harga Bitcoin turun di bawah 60.000 dolar
Ethereum naik setelah keputusan SEC
Binance menghentikan penarikan dana
Peretas mencuri jutaan dolar dari protokol DeFi
Bappebti cabut izin bursa kripto
Investor khawatir pasar kripto anjlok
Paus Bitcoin membeli lebih banyak koin
Indodax umumkan kerja sama baru
Solana melonjak ke rekor tertinggi
Pemerintah kenakan pajak aset kripto
Bitcoin spada poniżej 60 tysięcy dolarów
Kurs Ethereum rośnie po decyzji SEC
Hakerzy ukradli miliony z protokołu DeFi
KNF ostrzega przed giełdą kryptowalut
Binance wstrzymuje wypłaty
Inwestorzy sprzedają swoje monety
Wieloryby kupują XRP
Rynek kryptowalut traci miliardy
Polska przyjmuje ustawę o kryptowalutach
Solana bije rekord wszech czasów
Bitcoin klesl pod 60 tisíc dolarů
Cena Etherea roste po rozhodnutí SEC
Hackeři ukradli miliony z protokolu DeFi
Česká národní banka koupila bitcoin
Binance pozastavila výběry
Investoři prodávají své mince
Velryby nakupují XRP
Trh s kryptoměnami ztrácí miliardy
Ministr rezignoval kvůli daru v bitcoinech
Solana láme rekordy
Bitcoin faller under 60 000 dollar
Ethereum stiger efter beslut från SEC
Hackare stjäl miljoner från DeFi-protokoll
Finansinspektionen varnar för kryptobörs
Binance stoppar uttag
Investerare säljer sina mynt
Valar köper XRP
Kryptomarknaden förlorar miljarder
Riksbanken testar e-krona
Solana slår nytt rekord
Bitcoin scade sub 60.000 de dolari
Prețul Ethereum crește după decizia SEC
Hackerii au furat milioane dintr-un protocol DeFi
Binance suspendă retragerile
Investitorii își vând monedele
Balenele cumpără XRP
Piața cripto pierde miliarde
România adoptă legea criptomonedelor
Solana atinge un nou record
ANAF verifică tranzacțiile cu criptomonede
Giá Bitcoin giảm xuống dưới 60.000 USD
Ethereum tăng sau quyết định của SEC
Sàn Binance tạm dừng rút tiền
Tin tặc đánh cắp hàng triệu đô la
Nhà đầu tư lo ngại thị trường sụp đổ
Cá voi gom XRP
Việt Nam thông qua luật tài sản số
Solana lập kỷ lục mới
Thị trường tiền số mất hàng tỷ đô
MicroStrategy mua thêm Bitcoin
加密货币交易所遭黑客攻击
比特币跌破六万美元
以太坊价格在升级前上涨
ビットコインが6万ドルを下回る
仮想通貨取引所がハッキング被害
바이낸스 출금 중단 발표
비트코인 6만 달러 아래로 하락
บิตคอยน์ร่วงต่ำกว่าหกหมื่นดอลลาร์
Биткоин упал ниже 60 тысяч долларов
Эфириум растет после решения регулятора
انخفاض سعر البيتكوين دون ستين ألف دولار
बिटकॉइन साठ हजार डॉलर से नीचे गिरा
"""
ENGLISH = """
Token plunges after insider sale
Hacker drains lending protocol
Memecoin rug pull nets $2M
Kraken sued
Rug pull hits Solana memecoin
Whale dumps 2M ADA
Ponzi promoter jailed
Celsius clawbacks anger creditors
Solana validators go dark
Bitfarms slashes guidance
Stablecoin depegs
Fed hikes rates, altcoins bleed
Do Kwon pleads guilty
Deutsche Bank taps Bitpanda for crypto custody
PEPE, BONK and SHIB rally
ETF OUTFLOWS HIT RECORD
"""
# Words that no other language has: whoever uses one writes English.
_SURELY_ENGLISH = re.compile(r"\b(?:the|of|to|for|with|and|after|by|from|its|as)\b")


@pytest.mark.parametrize("title", FOREIGN.strip().splitlines())
def test_other_languages_are_no_english(title: str) -> None:
    assert not is_english_title(normalise_title(title))


@pytest.mark.parametrize("title", ENGLISH.strip().splitlines())
def test_short_bad_news_is_english(title: str) -> None:
    assert is_english_title(title)


@pytest.mark.parametrize("path", ["yardstick-written/yardstick.csv", "demo/key/headlines.csv"])
def test_each_class_passes_alike(path: str) -> None:
    rates = drop_rates(read(DATA / path))
    assert overlap(rates)
    assert max(rate.value for rate in rates) < 0.01


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "most"), [("yardstick_votes.csv", 0.02), ("real_votes.csv", 0.01)])
def test_real_headlines_pass_alike(name: str, most: float, real_corpora: Path) -> None:
    rows = read(real_corpora / name)
    rates = drop_rates((text, label) for text, label in rows if _SURELY_ENGLISH.search(text))
    assert overlap(rates)
    assert max(rate.value for rate in drop_rates(rows)) < most  # of all, some of which are in Portuguese


@pytest.mark.real_data
def test_fresh_headlines_pass_alike(real_corpora: Path) -> None:
    names = ("real_votes.csv", "headlines_unlabelled.csv", "train_pool.csv")
    texts = {headline_id(text): text for name in names for text in read_texts(real_corpora / name)}
    with (DATA / "standoff" / "fresh.csv").open(encoding="utf-8") as stream:
        votes = {int(row["id"]): Label(int(row["annotator_1"])) for row in csv.DictReader(stream)}
    rates = drop_rates((texts[id_], label) for id_, label in votes.items() if id_ in texts)
    assert overlap(rates)
    assert max(rate.value for rate in rates) < 0.005


def read_texts(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as stream:
        return [normalise_title(row["text"]) for row in csv.DictReader(stream)]


def read(path: Path) -> list[tuple[str, Label]]:
    """Return the labelled news of a file, each title once."""
    with path.open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row.get("news", "1") == "1"]
    return list({normalise_title(row["text"]): Label(int(row["label"])) for row in rows}.items())


def drop_rates(rows: Iterable[tuple[str, Label]]) -> list[Estimate]:
    """Return the share that is taken for another language, with its interval, of each class."""
    found = [(label, not is_english_title(text)) for text, label in rows]
    groups = [[dropped for label, dropped in found if label == one] for one in Label]
    return [wilson(sum(group), len(group)) for group in groups]


def overlap(rates: list[Estimate]) -> bool:
    """Whether the intervals have a share in common."""
    return max(rate.low for rate in rates) <= min(rate.high for rate in rates)
